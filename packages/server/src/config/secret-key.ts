/** The server's secret key: given by the operator, or kept in a file beside the embedded database. */
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Secret } from '@latchwork/kernel'
import type { Config } from './config.ts'
import { ConfigurationError, type Problem } from './configuration-error.ts'
import { makeDataFolder } from './data-folder.ts'
import { faultOfSecretKey } from './option-checks.ts'
import { codeOf } from './secret-reference.ts'

/**
 * The key as 32 bytes. The first start makes the file, readable by its owner alone; two starts at the same moment get one key.
 * @throws ConfigurationError when the file is open to others, damaged, or cannot be read or made.
 */
export function openSecretKey(config: Pick<Config, 'secretKey'>): Buffer {
  if ('given' in config.secretKey) return Buffer.from(config.secretKey.given.reveal(), 'base64url')
  const { file } = config.secretKey
  makeUnlessThere(file)
  const problem = problemOfSecretKeyFile(file)
  if (problem !== undefined) throw new ConfigurationError([problem])
  return Buffer.from(readFileSync(file, 'utf8').trimEnd(), 'base64url')
}

/** Those that were in force before, 32 bytes each. */
export function formerKeysOf({ formerSecretKeys }: Pick<Config, 'formerSecretKeys'>): readonly Buffer[] {
  return formerSecretKeys.map((secret) => Buffer.from(secret.reveal(), 'base64url'))
}

/** Written whole and durably under another name first: nobody ever reads half a key, and a link never replaces one. */
function makeUnlessThere(file: string): void {
  if (existsSync(file)) return
  makeDataFolder({ data: dirname(file) })
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true })
    linkSync(draft, file)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    const mend = 'Let the user of this server write to the data folder, or name another with --data.'
    throw new ConfigurationError([{ option: file, fault: `cannot be written (${codeOf(error)})`, mend }])
  } finally {
    rmSync(draft, { force: true })
  }
}

/** What speaks against the key file, if it is there. */
export function problemOfSecretKeyFile(file: string): Problem | undefined {
  try {
    const mode = statSync(file).mode & 0o777
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      return {
        option: file,
        fault: `others than its owner may use it (mode ${mode.toString(8)}): whoever reads it can unseal the signing keys`,
        mend: `Run: chmod 600 ${file}`,
      }
    const fault = faultOfSecretKey(new Secret(readFileSync(file, 'utf8').trimEnd()))
    return fault === undefined
      ? undefined
      : { option: file, fault, mend: 'Put the file back from a backup: without it the signing keys in the database cannot be opened.' }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    return { option: file, fault: `cannot be read (${codeOf(error)})`, mend: 'Let the user of this server read it.' }
  }
}
