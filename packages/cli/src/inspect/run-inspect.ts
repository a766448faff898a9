/** Reads a token and what it is to be held against, and tells what there is to tell. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkAddress, guardedFetch } from '@latchwork/client'
import { type CheckKey, type Expectations, inspect, type Report, readKeys, secretKeyOf } from '@latchwork/inspect'
import type { Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { readBytes } from '../request/body-of.ts'
import { readSecretFile } from '../secret-file.ts'
import { reportText } from './report-text.ts'
import { takenByVerifier } from './taken-by-verifier.ts'

const MAX_BYTES = 1024 * 1024

export async function runInspect(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson, text } = invocation
  const keyText = await keyTextOf(invocation)
  const keys = await keysOf(invocation, keyText)
  const [issuer, audience] = [text('issuer'), text('audience')]
  const token = await tokenOf(invocation)
  const expected: Expectations = {
    now: Date.now(),
    ...(keys === undefined ? {} : { keys }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  const report = withVerifier(await inspect(token, expected), token, keyText)
  terminal.out(wantsJson ? JSON.stringify(report) : reportText(report, terminal))
  return report.checks.every(({ passed }) => passed) ? 0 : 1
}

function withVerifier(report: Report, token: string, keyText: string | undefined): Report {
  const said = keyText === undefined ? undefined : takenByVerifier(token, report, keyText)
  return said === undefined ? report : { ...report, facts: [...report.facts, said] }
}

async function tokenOf({ operands, terminal }: Invocation): Promise<string> {
  const [file, more] = operands
  if (more !== undefined) throw new WrongUsage('One token at a time.', 'Write: latchwork inspect FILE')
  if (file !== undefined && /^eyJ|^(bearer|cookie|set-cookie)\b/i.test(file) && !existsSync(resolve(terminal.cwd, file)))
    throw new WrongUsage(
      'An argument holds a token, and arguments can be read by others on this machine and stay in the history.',
      'Give it by standard input, or put it into a file.',
    )
  const isAsked = file === undefined && terminal.askSecret !== undefined
  const bytes = isAsked ? Buffer.from((await terminal.askSecret?.('Token (it is not shown): ')) ?? '') : await readBytes(file ?? '-', terminal)
  if (bytes.length > MAX_BYTES) throw new Failure('That is more than 1 MiB: no token is so long.', 'Give the token alone.')
  const text = bytes.toString('utf8').trim()
  if (text === '') throw new WrongUsage('There is nothing to inspect.', 'Give a token by standard input, or name its file.')
  return text
}

/** What --jwks or --key names, as text. */
async function keyTextOf({ text, terminal }: Invocation): Promise<string | undefined> {
  const given = ['jwks', 'key', 'secret-file'].filter((flag) => text(flag) !== undefined)
  if (given.length > 1) throw new WrongUsage(`--${given.join(' and --')} are two ways to verify.`, 'Give one of them.')
  const jwks = text('jwks')
  if (jwks !== undefined && /^https?:/i.test(jwks)) return fetchKeys(checkAddress(jwks))
  const file = jwks ?? text('key')
  return file === undefined ? undefined : (await readBytes(file, terminal)).toString('utf8')
}

async function keysOf({ text, terminal }: Invocation, keyText: string | undefined): Promise<readonly CheckKey[] | undefined> {
  const secretFile = text('secret-file')
  if (secretFile !== undefined) return [secretKeyOf(Buffer.from(await readSecretFile(secretFile, terminal)))]
  if (keyText === undefined) return undefined
  return readKeys(keyText) ?? wrongKey()
}

function wrongKey(): never {
  throw new Failure('There is no key in it that can verify a signature.', 'Give a JWK set, a JWK, or a PEM with a public key or certificate.')
}

async function fetchKeys(url: URL): Promise<string> {
  const response = await guardedFetch(url, { headers: { accept: 'application/json' } })
  const text = response.ok ? await response.text() : undefined
  if (text === undefined || text.length > MAX_BYTES)
    throw new Failure(`${url.origin} gives no keys (${response.status}).`, "Look the address up in the issuer's metadata: jwks_uri.")
  return text
}
