import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folder, freePort, latchwork, start } from './latchwork.ts'

describe('latchwork keys use, networks, unused', () => {
  it('K11 K5: tables of what was reported of a key, and of keys that nobody used', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ http: { port }, demo: false, accounts: [{ id: 'acc_acme', name: 'Acme' }] }))
    await latchwork(['init', '--root-key-file', 'root.key', '--config', 'c.json'], { cwd })
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const server = `http://localhost:${port}`
    const on = ['--server', server, '--root-key-file', 'root.key']
    const make = ['keys', 'create', '--account', 'acc_acme', '--name', 'deploy', '--json', ...on]
    const { key } = JSON.parse((await latchwork(make, { cwd })).out) as { key: { readonly id: string } }

    assert.equal((await latchwork(['keys', 'use', key.id, ...on], { cwd })).out, 'Never used.\nThere was no use in this time.\n')
    assert.equal((await latchwork(['keys', 'networks', key.id, ...on], { cwd })).out, 'The key was not used yet.\n')
    const rootKey = readFileSync(join(cwd, 'root.key'), 'utf8').trim()
    const { key: elsewhere, secret } = JSON.parse((await latchwork([...make, '--kind', 'rk'], { cwd })).out)
    await latchwork(['keys', 'verify', '--key-file', '-', ...on], { cwd, stdin: secret })
    const told = async () => (await latchwork(['keys', 'networks', elsewhere.id, ...on], { cwd })).out
    for (const end = Date.now() + 10_000; Date.now() < end && /not used yet/.test(await told()); ) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.match(await told(), /^Last used \S+\. No network is known: whoever verified it did not say where its caller was\.\n$/)
    const at = new Date().toISOString()
    const use = {
      keyId: key.id,
      minute: at,
      counts: { valid: 12, expired: 2, rate_limited: 3 },
      lastUsedAt: at,
      lastAddress: '192.0.2.7',
      lastUserAgent: 'agent\u001b[31m',
    }
    const reported = await fetch(`${server}/v1/keys/use`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reporter: 'reporter', sequence: 1, uses: [use] }),
    })
    assert.equal(reported.status, 200)

    const shown = await latchwork(['keys', 'use', key.id, ...on], { cwd })
    assert.equal(shown.code, 0, shown.err)
    const [last, head, row] = shown.out.split('\n')
    assert.equal(last, `Last used ${at} from 192.0.2.7 by agent\ufffd[31m.`)
    assert.equal(head?.replaceAll(/ +/g, ' '), 'HOUR VALID REFUSED')
    assert.equal(row?.replaceAll(/ +/g, ' '), `${at.slice(0, 13)}:00Z 12 expired 2, rate_limited 3`)
    assert.equal(JSON.parse((await latchwork(['keys', 'use', key.id, '--json', ...on], { cwd })).out).items.length, 3)
    assert.match((await latchwork(['keys', 'networks', key.id, ...on], { cwd })).out, /^NETWORK +FIRST SEEN +LAST SEEN\n192\.0\.2\.7 /)
    assert.equal((await latchwork(['keys', 'unused', '--days', '1', ...on], { cwd })).out, 'No key has been unused for that long.\n')
    assert.match((await latchwork(['alerts', 'list', ...on], { cwd })).out, /There are no alerts/)
    const missing = await latchwork(['keys', 'use', 'key_nobody', ...on], { cwd })
    assert.equal(missing.code, 1)
    assert.match(missing.err, /Not found/)
  })
})
