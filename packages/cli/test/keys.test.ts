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
    const { run, json, cwd, server } = await operate(t, { apis: [{ identifier: 'https://api.example.com', name: 'Notes', scopes }] })
    const made = await run('create', '--account', 'acc_acme', '--name', 'export', '--scope', 'notes:raed')
    assert.equal(made.code, 0)
    const mend = /No declared API defines notes:raed\. If that was a slip: {2}latchwork (keys update (key_\w+) .*)$/m.exec(made.err) ?? assert.fail(made.err)
    assert.equal(mend[1], `keys update ${mend[2]} --scope notes:read ${server.join(' ')}`)
    assert.equal((await latchwork(mend[1]?.split(' ') ?? [], { cwd })).code, 0)
    assert.deepEqual((await json('show', mend[2] ?? '')).scopes, ['notes:read'])
    const strange = await run('create', '--account', 'acc_acme', '--kind', 'rk', '--name', 'strange', '--scope', 'x:y')
    assert.match(strange.err, /latchwork keys update key_\w+ --clear scopes --server/)
    const starred = await run('create', '--account', 'acc_acme', '--kind', 'rk', '--name', 'starred', '--scope', 'notes:*', '--scope', 'x:y')
    assert.match(starred.err, /latchwork keys update key_\w+ --scope 'notes:\*' --server/)
    const { key } = await json('create', '--account', 'acc_acme', '--name', 'other', '--kind', 'rk', '--scope', 'notes:read')
    const changed = await run('update', key.id, '--scope', 'nodes:read')
    assert.match(changed.err, /defines nodes:read/)
    assert.equal((await run('update', key.id, '--scope', 'notes:*')).err, '')
    writeFileSync(join(cwd, 'keys.json'), JSON.stringify([{ digest: digestOf('an old key'), accountId: 'acc_acme', name: 'old', scopes: ['admin'] }]))
    assert.match((await run('import', '--file', 'keys.json')).err, /No declared API defines admin\. admin has not the form resource:action/)
  })

  it('K7: a scope that has not the form resource:action is told of in the same place, also where no API is declared', async (t) => {
    const { run } = await operate(t)
    const make = (...scopes: readonly string[]) =>
      run('create', '--account', 'acc_acme', '--kind', 'rk', '--name', 'export', ...scopes.flatMap((scope) => ['--scope', scope]))
    const { code, err } = await make('*', 'admin', 'notes:read')
    assert.equal(code, 0)
    assert.match(err, /No declared API defines \*, admin\. \*, admin have not the form resource:action \(.*\*:\* for everything\)\. If that was a slip: {2}/)
    assert.match(err, /latchwork keys update key_\w+ --scope notes:read --server/)
    assert.doesNotMatch((await make('notes:read', 'notes:*', '*:*', 'a:b:c')).err, /form/)
  })

  it('R6: a name keeps the joiners that its script needs, in the list of keys too', async (t) => {
    const { run } = await operate(t)
    assert.equal((await run('create', '--account', 'acc_acme', '--kind', 'rk', '--name', 'علی\u200cرضا')).code, 0)
    assert.match((await run('list')).out, /علی\u200cرضا/)
    assert.equal((await run('create', '--account', 'acc_acme', '--kind', 'rk', '--name', 'ali\u200creza')).code, 1)
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

  it('K6 E7: --json gives the whole answer, with snippets and the key that was replaced; a secret in a file is not in it', async (t) => {
    const { cwd, json } = await operate(t)
    const made = await json('create', '--account', 'acc_acme', '--name', 'export')
    assert.match(made.snippets.verify, /v1\/keys\/verify/)
    assert.match(made.secret, /^sk_live_lw_/)
    const rolled = await json('roll', made.key.id, '--out', 'new.key')
    assert.equal(rolled.replaced.id, made.key.id)
    assert.match(rolled.snippets.verify, /v1\/keys\/verify/)
    assert.deepEqual([rolled.secret, rolled.secretFile], [undefined, 'new.key'])
    assert.ok(!JSON.stringify(rolled).includes(readFileSync(join(cwd, 'new.key'), 'utf8').trim()))
  })

  it('K7 K9 E7: a key is verified from a file or standard input, and the outcome is told with what it means', async (t) => {
    const { cwd, server, run, json } = await operate(t)
    const terms = ['--kind', 'rk', '--scope', 'notes:read', '--network', '192.0.2.0/24', '--limit', 'steady=10/3600', '--credits', '5']
    const { key } = await json('create', '--account', 'acc_acme', '--name', 'export', ...terms, '--out', 'k.key')
    const secret = readFileSync(join(cwd, 'k.key'), 'utf8').trim()
    const verify = (...words: readonly string[]) => run('verify', '--key-file', 'k.key', ...words)
    const at = ['--address', '192.0.2.7']
    const good = await verify(...at, '--scope', 'notes:read', '--environment', 'live', '--cost', 'steady=3', '--credits', '2')
    assert.equal(good.code, 0, good.err)
    assert.match(good.out, /^VALID: The key may do what was asked/)
    assert.match(good.out, new RegExp(`keyId +${key.id}\n`))
    assert.match(good.out, /scopes +notes:read\n/)
    assert.match(good.out, /limit steady +7 of 10 left, whole again in \d+ s\n/)
    assert.match(good.out, /credits +3 left\n/)
    const free = JSON.parse(
      (await verify(...at, '--any-scope', 'notes:write', '--any-scope', 'notes:read', '--credits', '0', '--cost', 'steady=0', '--json')).out,
    )
    assert.deepEqual([free.valid, free.code, free.credits.remaining, free.limits[0].remaining], [true, 'VALID', 3, 7], 'looked at, nothing taken')
    for (const [words, code] of [
      [[], 'ADDRESS_MISSING'],
      [['--address', '198.51.100.1'], 'WRONG_ADDRESS'],
      [[...at, '--environment', 'test'], 'WRONG_ENVIRONMENT'],
      [[...at, '--scope', 'notes:read', '--scope', 'notes:write'], 'SCOPE_INSUFFICIENT'],
      [[...at, '--cost', 'steady=9'], 'RATE_LIMITED'],
      [[...at, '--credits', '4'], 'CREDITS_EXHAUSTED'],
    ] as const) {
      const refused = await verify(...words)
      assert.deepEqual([refused.code, refused.err], [1, ''], code)
      assert.match(refused.out, new RegExp(`^${code}: [A-Z]`))
      assert.equal(JSON.parse((await verify(...words, '--json')).out).code, code)
    }
    assert.match((await verify(...at, '--cost', 'steady=9')).out, /try again +in \d+ s/)
    const piped = await latchwork(['keys', 'verify', '--key-file', '-', ...at, ...server], { cwd, stdin: `${secret}\n` })
    assert.equal(piped.code, 0, piped.err)
    const other = await latchwork(['keys', 'verify', '--key-file', '-', ...server], { cwd, stdin: `${secret.slice(0, -1)}_` })
    assert.deepEqual([other.code, /^MALFORMED/.test(other.out)], [1, true])
    assert.ok(![good, piped, other].some(({ out, err }) => `${out}${err}`.includes(secret.slice(11, -6))))
  })

  it('E7: what could not be asked ends with 2, and a key is never an argument', async (t) => {
    const { cwd, server, run } = await operate(t)
    writeFileSync(join(cwd, 'empty.key'), '\n')
    writeFileSync(join(cwd, 'much.txt'), 'this is no key')
    for (const [words, said] of [
      [['--key-file', 'empty.key'], /empty\.key is empty/],
      [['--key-file', 'much.txt'], /holds more than a key/],
      [['--key-file', 'none.key'], /none\.key cannot be read/],
      [['--key-file', 'much.txt', '--cost', 'steady'], /--cost is not understood/],
      [['--key-file', 'much.txt', '--credits', 'some'], /--credits is no whole number/],
      [[], /--key-file is missing/],
      [['--key-file', 'empty.key', mintKey('sk', 'live', 'lw').reveal()], /An argument holds a secret/],
    ] as const) {
      const { code, err } = await run('verify', ...words)
      assert.equal(code, 2, err)
      assert.match(err, said)
    }
    writeFileSync(join(cwd, 'k.key'), mintKey('sk', 'live', 'lw').reveal())
    const both = await latchwork(['keys', 'verify', '--key-file', '-', '--root-key-file', '-', ...server.slice(0, 2)], { cwd, stdin: 'x' })
    assert.deepEqual([both.code, /cannot both/.test(both.err)], [2, true])
    const away = await latchwork(['keys', 'verify', '--key-file', 'k.key', '--root-key-file', 'root.key', '--server', 'http://localhost:1'], { cwd })
    assert.deepEqual([away.code, /cannot be reached/.test(away.err)], [2, true])
    const unknown = await run('verify', '--key-file', 'k.key')
    assert.deepEqual([unknown.code, unknown.out], [1, 'NOT_FOUND: There is no such key.\n'])
  })

  it('K16: keys are imported by digest, from a file or standard input; what holds whole keys is not sent', async (t) => {
    const { cwd, run, server } = await operate(t)
    const digest = createHash('sha256').update('legacy-key-0123456789').digest('hex')
    writeFileSync(join(cwd, 'keys.json'), JSON.stringify([{ digest, accountId: 'acc_acme', name: 'legacy' }]))
    assert.equal((await run('import', '--file', 'keys.json')).out, '1 key is imported and works from now on.\n')
    const entries = JSON.stringify(
      Array.from({ length: 90 }, (_, nth) => ({ digest: digestOf(`piped ${nth}`), accountId: 'acc_acme', name: 'x'.repeat(99), kind: 'rk' })),
    )
    const piped = await latchwork(['keys', 'import', '--file', '-', ...server], { cwd, stdin: entries })
    assert.equal(piped.out, '90 keys are imported and work from now on.\n', piped.err)
    assert.match((await latchwork(['keys', 'import', '--file', '-', ...server], { cwd, stdin: '{}' })).err, /Standard input is no JSON list/)
    assert.match((await run('import', '--file', 'keys.json')).err, /keys\[0\] is known already/)
    writeFileSync(join(cwd, 'whole.json'), JSON.stringify([{ digest: mintKey('sk', 'live', 'lw').reveal(), accountId: 'acc_acme', name: 'legacy' }]))
    const refused = await run('import', '--file', 'whole.json')
    assert.deepEqual([refused.code, /holds whole keys/.test(refused.err)], [1, true])
  })
})
