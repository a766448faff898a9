import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  ConfigurationError,
  configurationReference,
  environmentName,
  flagHelp,
  loadConfig,
  makeDataFolder,
  openSecretKey,
  optionPaths,
  options,
} from '@latchwork/server/config'
import { folder } from './refused.ts'

describe('the table of options', () => {
  it('E7: makes a section of the reference for each option, with its environment name and its mend', () => {
    const page = configurationReference()
    for (const path of optionPaths)
      for (const part of [`## \`${path}\``, options[path].help, environmentName(path), options[path].mend]) assert.ok(page.includes(part), part)
  })

  it('E7: gives every flag and variable one option', () => {
    const flags = flagHelp().map(({ flag }) => flag)
    assert.equal(new Set(flags).size, flags.length)
    assert.equal(new Set(optionPaths.map(environmentName)).size, optionPaths.length)
  })

  it('E7: has no flag for a secret', () => {
    for (const path of optionPaths) if (options[path].kind === 'secret') assert.ok(!('flag' in options[path]), path)
  })

  it('E7: has defaults that pass their own checks', async () => {
    assert.equal((await loadConfig({ given: {} })).issuer, 'http://localhost:8420')
  })

  it('E7: shows an example of declarations that is taken', async (t) => {
    const source = /```ts\n([\s\S]*?)```/.exec(configurationReference())?.[1] ?? ''
    const cwd = folder(t)
    const plain = source
      .replace(/import .*\n/, '')
      .replace('defineConfig(', '(')
      .replaceAll("'/run/secrets/", `'${cwd}/`)
    writeFileSync(join(cwd, 'c.mjs'), plain)
    const { mintToken } = await import('@latchwork/kernel')
    writeFileSync(join(cwd, 'notes-printer'), mintToken('client_secret').reveal())
    writeFileSync(join(cwd, 'ada.hash'), `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`)
    const config = await loadConfig({ cwd, file: 'c.mjs' })
    assert.deepEqual([config.clients.length, config.users.length, config.rootKeys.length], [1, 1, 1])
  })
})

describe('the data folder and the secret key', () => {
  it('E7: are made for their owner alone, and the key stays the same', (t) => {
    const data = join(folder(t), 'a/b')
    const config = { data, secretKey: { file: join(data, 'secret.key') } }
    const key = openSecretKey(config)
    assert.equal(key.length, 32)
    assert.deepEqual(openSecretKey(config), key)
    assert.equal(statSync(config.secretKey.file).mode & 0o777, 0o600)
    assert.equal(statSync(data).mode & 0o777, 0o700)
  })

  it('E7: are refused with the mend where they cannot be', (t) => {
    const cwd = folder(t, { file: '', 'secret.key': 'damaged' })
    for (const data of [join(cwd, 'file'), join(cwd, 'file/below'), '/proc/latchwork'])
      assert.throws(
        () => makeDataFolder({ data }),
        (error) => error instanceof ConfigurationError && error.message.includes(data) && /--data/.test(error.message),
      )
    assert.throws(() => openSecretKey({ secretKey: { file: join(cwd, 'secret.key') } }), ConfigurationError)
  })
})
