import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

describe('latchwork keys rotation', () => {
  it('K19: a rotation is set, seen, run, listed and removed', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const config = {
      http: { port },
      demo: false,
      accounts: [{ id: 'acc_acme', name: 'Acme' }],
      rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }],
      deliveryTargets: [{ name: 'disk', kind: 'file', directory: './keys' }],
    }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const run = (...words: readonly string[]) => latchwork([...words, '--server', `http://localhost:${port}`, '--root-key-file', 'root.key'], { cwd })
    const made = await run('keys', 'create', '--account', 'acc_acme', '--name', 'export', '--json')
    const { key } = JSON.parse(made.out)
    const set = await run('keys', 'rotation', 'set', key.id, '--max-age', '30d', '--overlap', '2h', '--target', 'disk', '--path', 'billing/nightly')
    assert.equal(set.code, 0, set.err)
    assert.match(set.out, /maxAgeSeconds +2592000\n/)
    assert.match((await run('keys', 'rotation', 'targets')).out, /disk +file/)
    const ran = await run('keys', 'rotation', 'run', key.id)
    assert.equal(ran.code, 0, ran.err)
    const successor = /Rotated: (key_\w+) is delivered/.exec(ran.out)?.[1] ?? assert.fail(ran.out)
    assert.match(readFileSync(join(cwd, 'keys/billing/nightly'), 'utf8'), /^sk_live_lw_[0-9A-Za-z]{49}\n$/)
    assert.match((await run('keys', 'rotation', 'show', successor)).out, /ATTEMPT[\s\S]+ delivered +written/)
    assert.match((await run('keys', 'rotation', 'list')).out, new RegExp(`${successor} +waiting`))
    const full = await run('keys', 'rotation', 'run', successor)
    assert.equal(full.code, 1)
    assert.match(full.err, new RegExp(`end ${key.id}`))
    assert.match((await run('keys', 'rotation', 'remove', successor)).out, /no longer rotated/)
    const ofAccount = await run('accounts', 'rotation', 'set', 'acc_acme', '--every', '12h', '--target', 'disk', '--path', 'acme/{key}')
    assert.equal(ofAccount.code, 0, ofAccount.err)
    assert.match((await run('accounts', 'rotation', 'show', 'acc_acme')).out, /everySeconds +43200/)
    assert.equal((await run('accounts', 'rotation', 'remove', 'acc_acme')).code, 0)
    assert.equal((await run('accounts', 'rotation', 'show', 'acc_acme')).code, 1)
  })

  it('K19: what is wrong is told before anything is sent', async () => {
    const none = await latchwork(['keys', 'rotation', 'set', 'key_x', '--target', 'disk', '--path', 'x'])
    assert.deepEqual([none.code, /--max-age 30d/.test(none.err)], [2, true])
    const near = await latchwork(['keys', 'rotation', 'sho', 'key_x'])
    assert.deepEqual([near.code, /show/.test(near.err)], [2, true])
    assert.match((await latchwork(['keys', 'rotation'])).err, /keys rotation set/)
  })
})
