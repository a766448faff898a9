import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { defineConfig, loadConfig } from '@latchwork/server/config'
import { errorOf, folder, refuses, wrong } from './refused.ts'

describe('where a value comes from', () => {
  const given = { http: { port: 3 } }

  it('E7: takes the flag over the environment over the file over the default', async () => {
    const env = { LATCHWORK_HTTP_PORT: '2' }
    assert.equal((await loadConfig({ given, env, flags: { port: '1' } })).http.port, 1)
    assert.equal((await loadConfig({ given, env })).http.port, 2)
    assert.equal((await loadConfig({ given })).http.port, 3)
    assert.equal((await loadConfig({ given: {} })).http.port, 8420)
  })

  it('E7: names a fault by the place that won', async () => {
    await refuses({ given, env: { LATCHWORK_HTTP_PORT: 'x' } }, 'LATCHWORK_HTTP_PORT', /whole number/)
    await refuses({ given, env: { LATCHWORK_HTTP_PORT: 'x' }, flags: { port: '0' } }, '--port', /between/)
    await refuses(wrong({ http: { port: '3' } }), 'http.port', /whole number/)
  })

  it('E7: takes an empty variable as not set, and an undefined member of the file as a fault', async () => {
    assert.equal((await loadConfig({ given: {}, env: { LATCHWORK_ISSUER: '' } })).issuer, 'http://localhost:8420')
    await refuses(wrong({ issuer: undefined }), 'issuer', /undefined/)
  })

  it('E7: reads booleans and lists from text', async () => {
    const config = await loadConfig({ given: {}, env: { LATCHWORK_SIGN_UP_OPEN: 'off', LATCHWORK_HTTP_TRUSTED_PROXIES: '10.0.0.1, ::1/128' } })
    assert.equal(config.signUp.open, false)
    assert.deepEqual(config.http.trustedProxies, ['10.0.0.1', '::1/128'])
  })

  it('E7: gives safe defaults for each mode', async () => {
    const development = await loadConfig({ cwd: '/nowhere' })
    assert.deepEqual([development.mode, development.signUp.open, development.demo, development.log.level], ['development', true, true, 'warn'])
    const production = await loadConfig({ given: { issuer: 'https://auth.example.com' } })
    assert.deepEqual([production.mode, production.signUp.open, production.demo, production.log.level], ['production', false, false, 'info'])
  })

  it('E7: is frozen to the bottom', async () => {
    const config = await loadConfig({ given: { apis: [{ identifier: 'https://a.example', name: 'A', scopes: [{ name: 'a:b', description: 'c' }] }] } })
    assert.throws(() => Object.assign(config.http, { port: 1 }), TypeError)
    assert.throws(() => Object.assign(config.apis[0]?.scopes[0] ?? {}, { name: 'x' }), TypeError)
  })
})

describe('configuration files', () => {
  it('E7: reads every kind of file, without an import from here', async (t) => {
    const cwd = folder(t, {
      'a.ts': 'const port: number = 1001\nexport default { http: { port } }',
      'a.mts': 'export default { http: { port: 1002 } } satisfies object',
      'a.mjs': 'export default { http: { port: 1003 } }',
      'a.js': 'export default { http: { port: 1004 } }',
      'a.json': '{ "http": { "port": 1005 } }',
    })
    for (const [index, file] of ['a.ts', 'a.mts', 'a.mjs', 'a.js', 'a.json'].entries()) assert.equal((await loadConfig({ cwd, file })).http.port, 1001 + index)
    assert.equal((await loadConfig({ cwd, env: { LATCHWORK_CONFIG: 'a.json' } })).http.port, 1005)
  })

  it('E7: picks up latchwork.config.ts, and turns the demo off with it', async (t) => {
    const cwd = folder(t, { 'latchwork.config.ts': "export default { site: { name: 'Acme' } }" })
    const config = await loadConfig({ cwd })
    assert.equal(config.site.name, 'Acme')
    assert.equal(config.demo, false)
    assert.equal(config.file, join(cwd, 'latchwork.config.ts'))
  })

  it('E7: resolves a path of the file from the file, one of a flag from the working directory', async (t) => {
    const cwd = folder(t)
    mkdirSync(join(cwd, 'etc'))
    writeFileSync(join(cwd, 'etc/c.json'), '{ "data": "store" }')
    assert.equal((await loadConfig({ cwd, file: 'etc/c.json' })).data, join(cwd, 'etc/store'))
    assert.equal((await loadConfig({ cwd, file: 'etc/c.json', flags: { data: 'other' } })).data, join(cwd, 'other'))
  })

  it('E7: says what is wrong with a file as a whole', async (t) => {
    const cwd = folder(t, {
      'broken.ts': 'export default { a: 1 b: 2 }',
      'broken.json': '{ "secretKey": "MARKED-SECRET" "x": 1 }',
      'throws.mjs': "throw new Error('no such vault')",
      'nothing.mjs': 'export const config = {}',
      'list.json': '[]',
      'twice.json': '{ "issuer": "https://a.example", "issuer": "https://b.example" }',
      'c.yaml': 'a: b',
    })
    mkdirSync(join(cwd, 'folder.ts'))
    const expected: Readonly<Record<string, RegExp>> = {
      'missing.ts': /there is no file/,
      'broken.ts': /is not valid code/,
      'broken.json': /is not JSON/,
      'throws.mjs': /failed while it was read: no such vault/,
      'nothing.mjs': /exports nothing as default/,
      'list.json': /holds no object/,
      'twice.json': /names a member twice/,
      'c.yaml': /a \.yaml file is not read/,
      'folder.ts': /is not a file/,
    }
    for (const [file, fault] of Object.entries(expected)) {
      await refuses({ cwd, file }, `--config ${file}`, fault)
      assert.doesNotMatch((await errorOf({ cwd, file })).message, /MARKED-SECRET|\n\s+at /)
    }
    await refuses({ cwd, env: { LATCHWORK_CONFIG: 'missing.ts' } }, 'LATCHWORK_CONFIG missing.ts', /there is no file/)
  })

  it('E7: gives back what defineConfig is given', () => {
    const config = {
      issuer: 'https://auth.example.com',
      secretKey: { file: '/run/secrets/latchwork' },
      sessions: { unsafeLongAccessTokens: { reason: 'kiosks' } },
    }
    assert.equal(defineConfig(config), config)
  })

  it('E7: refuses a secret.key that others may read', async (t) => {
    const cwd = folder(t)
    mkdirSync(join(cwd, 'data'))
    const file = join(cwd, 'data/secret.key')
    writeFileSync(file, `${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')}\n`, { mode: 0o600 })
    assert.deepEqual((await loadConfig({ cwd })).secretKey, { file })
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(file, mode)
      await refuses({ cwd }, file, /others than its owner/)
    }
  })
})
