import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintKey, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

/** A server with one account, and a way to call it as an operator would. */
async function operate(t: TestContext, more: Readonly<Record<string, unknown>> = {}) {
  const cwd = folder(t)
  const port = await freePort()
  const rootKey = mintToken('root_key').reveal()
  const config = { http: { port }, demo: false, accounts: [{ id: 'acc_acme', name: 'Acme' }], ...more }
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ ...config, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }))
  writeFileSync(join(cwd, 'root.key'), rootKey)
  await start(t, ['--config', 'c.json', '--json'], { cwd })
  const server = ['--server', `http://localhost:${port}`, '--root-key-file', 'root.key']
  const run = (...words: readonly string[]) => latchwork(['keys', ...words, ...server], { cwd })
  const json = async (...words: readonly string[]) => {
    const { code, out, err } = await run(...words, '--json')
    assert.equal(code, 0, err)
    return JSON.parse(out)
  }
  return { cwd, server, run, json }
}

describe('latchwork keys', () => {
  it('K7: a scope that no declared API defines is told of, with the mend', async (t) => {
    const scopes = [{ name: 'notes:read', description: 'Read your notes' }]
    const { run, json, cwd } = await operate(t, { apis: [{ identifier: 'https://api.example.com', name: 'Notes', scopes }] })
    const made = await run('create', '--account', 'acc_acme', '--name', 'export', '--scope', 'notes:raed')
    assert.equal(made.code, 0)
    assert.match(made.err, /No declared API defines notes:raed\. If that was a slip: latchwork keys update key_\w+ --scope/)
    const { key } = await json('create', '--account', 'acc_acme', '--name', 'other', '--kind', 'rk', '--scope', 'notes:read')
    const changed = await run('update', key.id, '--scope', 'nodes:read')
    assert.match(changed.err, /defines nodes:read/)
    assert.equal((await run('update', key.id, '--scope', 'notes:*')).err, '')
    writeFileSync(join(cwd, 'keys.json'), JSON.stringify([{ digest: digestOf('an old key'), accountId: 'acc_acme', name: 'old', scopes: ['admin'] }]))
    assert.match((await run('import', '--file', 'keys.json')).err, /No declared API defines admin/)
  })

  it('K9: limits take a burst, credits a refill; what a key may do can be taken away again', async (t) => {
    const { run, json } = await operate(t)
    const terms = ['--limit', 'steady=600/60,burst=50', '--credits', '100', '--refill', '1000/86400,max=5000']
    const { key } = await json('create', '--account', 'acc_acme', '--name', 'export', '--scope', 'notes:read', ...terms)
    assert.equal(key.undefinedScopes, undefined, 'this server declares no API')
    assert.deepEqual(key.limits, [{ name: 'steady', count: 600, periodSeconds: 60, burst: 50 }])
    assert.deepEqual(key.credits, { remaining: 100, refill: { amount: 1000, everySeconds: 86_400, max: 5000 } })
    const changed = await json('update', key.id, '--credits', '70', '--refill', '7/60', '--clear', 'limits', '--clear', 'scopes')
    assert.deepEqual([changed.limits, changed.scopes, changed.credits.refill], [[], [], { amount: 7, everySeconds: 60, max: 70 }])
    assert.equal((await json('update', key.id, '--clear', 'credits')).credits, undefined)
    assert.deepEqual((await json('list', '--made-by', 'usr_nobody')).items, [])
    for (const [flags, words] of [
      [['--limit', 'steady=600/60,burst=many'], /--limit is not understood/],
      [['--refill', '1000/86400'], /without --credits/],
      [['--credits', '1', '--refill', 'daily'], /--refill is not understood/],
      [['--clear', 'toString'], /one of scopes/],
      [['--clear', 'everything'], /one of scopes, roles, networks, limits, credits/],
      [['--clear', 'scopes', '--scope', 'notes:read'], /given and cleared/],
    ] as const) {
      const { code, err } = await run('update', key.id, ...flags)
      assert.equal(code, 2, err)
      assert.match(err, words)
    }
  })

  it('K6: a key is made, rolled, extended and ended; what to do next can be pasted', async (t) => {
    const { cwd, server, run, json } = await operate(t)
    const { key } = await json(
      'create',
      '--account',
      'acc_acme',
      '--name',
      'export',
      '--scope',
      'notes:read',
      '--network',
      '10.1.2.0/24',
      '--limit',
      'steady=600/60',
    )
    assert.deepEqual([key.networks, key.limits], [['10.1.2.0/24'], [{ name: 'steady', count: 600, periodSeconds: 60 }]])
    const rolled = await run('roll', key.id, '--overlap', '2h', '--out', 'new.key')
    assert.equal(rolled.code, 0, rolled.err)
    assert.match(readFileSync(join(cwd, 'new.key'), 'utf8'), /^sk_live_lw_[0-9A-Za-z]{49}\n$/)
    const next = /latchwork (keys end \S+ .*)$/m.exec(rolled.err)?.[1]
    assert.equal(next, `keys end ${key.id} ${server.join(' ')}`)
    const old = await json('show', key.id)
    assert.ok(Math.abs(Date.parse(old.expiresAt) - Date.now() - 7_200_000) < 60_000)
    assert.match((await run('extend', key.id, '--by', '3d')).out, new RegExp(`Key ${key.id} lives until `))
    assert.match((await run('roll', old.replacedBy)).err, new RegExp(`"end": "${key.id}"`))
    const ended = await latchwork(next.split(' '), { cwd })
    assert.deepEqual([ended.code, ended.out], [0, `Key ${key.id} has ended.\n`])
    assert.match((await run('update', old.replacedBy, '--scope', 'notes:write')).out, /is changed/)
    assert.match((await run('show', old.replacedBy)).out, /scopes +notes:write/)
    const list = await run('list', '--account', 'acc_acme')
    assert.match(list.out, new RegExp(`${old.replacedBy} .* primary`))
    assert.match(list.out, new RegExp(`${key.id} .* ended`))
    assert.equal((await run('extend', key.id, '--by', 'soon')).code, 2)
  })

  it('K5 K6: a key begins when it is told to; one that a roll ended at once is not to be ended again', async (t) => {
    const { run } = await operate(t)
    const create = ['create', '--account', 'acc_acme', '--name', 'deploy', '--json']
    const { key } = JSON.parse((await run(...create, '--not-before', '2099-01-01T00:00:00Z')).out)
    assert.equal(key.notBefore, '2099-01-01T00:00:00.000Z')
    const rolled = await run('roll', key.id, '--overlap', '0s')
    assert.match(rolled.err, new RegExp(`is in the place of ${key.id}, which has ended\\.`))
    assert.doesNotMatch(rolled.err, /end it/)
  })

  it('K16: keys are imported by digest; a file that holds whole keys is not sent', async (t) => {
    const { cwd, run } = await operate(t)
    const digest = createHash('sha256').update('legacy-key-0123456789').digest('hex')
    writeFileSync(join(cwd, 'keys.json'), JSON.stringify([{ digest, accountId: 'acc_acme', name: 'legacy' }]))
    assert.equal((await run('import', '--file', 'keys.json')).out, '1 key is imported and works from now on.\n')
    assert.match((await run('import', '--file', 'keys.json')).err, /keys\[0\] is known already/)
    writeFileSync(join(cwd, 'whole.json'), JSON.stringify([{ digest: mintKey('sk', 'live', 'lw').reveal(), accountId: 'acc_acme', name: 'legacy' }]))
    const refused = await run('import', '--file', 'whole.json')
    assert.deepEqual([refused.code, /holds whole keys/.test(refused.err)], [1, true])
  })
})
