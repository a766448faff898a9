import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { hashPassword } from '@latchwork/accounts'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

describe('latchwork accounts', () => {
  it('K14: are made, listed, renamed, stopped and let go on; members join and leave, and what they made is ended', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const users = [{ email: 'ada@example.com', name: 'Ada', passwordHash: await hashPassword('correct horse battery 7'), operator: true }]
    const config = { http: { port }, demo: false, users, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const server = ['--server', `http://localhost:${port}`, '--root-key-file', 'root.key']
    const run = async (...words: readonly string[]) => {
      const { code, out, err } = await latchwork([...words, ...server], { cwd })
      assert.equal(code, 0, err)
      return out
    }
    const { id } = JSON.parse(await run('accounts', 'create', '--name', 'Acme', '--json'))
    assert.match(await run('accounts', 'rename', id, '--name', 'Acme Ltd'), /is renamed/)
    const [ada] = JSON.parse(await run('users', 'list', '--json')).items
    assert.match(await run('accounts', 'add-member', id, ada.id), /is a member now/)
    assert.match(await run('accounts', 'members', id), new RegExp(`${ada.id} +member +\\S+ +ada@example.com +Ada`))
    const made = ['keys', 'create', '--account', id, '--user', ada.id, '--kind', 'rk', '--name', 'theirs', '--json']
    const { key } = JSON.parse(await run(...made))
    const left = await run('accounts', 'remove-member', id, ada.id)
    const next = /latchwork (keys list .*)$/m.exec(left)?.[1] ?? assert.fail(left)
    assert.equal(next, `keys list --account ${id} --made-by ${ada.id} ${server.join(' ')}`)
    assert.match((await latchwork(next.split(' '), { cwd })).out, new RegExp(key.id))
    assert.match(await run('accounts', 'members', id), /no members/)
    assert.equal(await run('accounts', 'end-keys', id, ada.id), `Revoked: ${key.id}\n`)
    assert.equal(await run('accounts', 'end-keys', id, ada.id), 'There was none.\n')
    assert.match(await run('accounts', 'disable', id), /is disabled/)
    assert.match(await run('accounts', 'list'), new RegExp(`${id} +disabled +\\S+ +Acme Ltd`))
    assert.deepEqual(JSON.parse(await run('accounts', 'enable', id, '--json')), { id, enabled: true })
    assert.match(await run('accounts', 'list'), new RegExp(`${id} +active`))
    const unknown = await latchwork(['accounts', 'disable', 'acc_none', ...server], { cwd })
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /no account with this id/)
  })

  it('K14: every key of a member is rolled in one act; the secrets go into a file that nobody else can read, and never over another', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const users = [{ email: 'ada@example.com', name: 'Ada', passwordHash: await hashPassword('correct horse battery 7') }]
    const config = { http: { port }, demo: false, users, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const server = ['--server', `http://localhost:${port}`, '--root-key-file', 'root.key']
    const run = (...words: readonly string[]) => latchwork([...words, ...server], { cwd })
    const json = async (...words: readonly string[]) => JSON.parse((await run(...words, '--json')).out)
    const { id } = await json('accounts', 'create', '--name', 'Acme')
    const [ada] = (await json('users', 'list')).items
    await run('accounts', 'add-member', id, ada.id)
    const none = await run('accounts', 'roll-keys', id, ada.id, '--out', 'none.keys')
    assert.deepEqual([none.code, existsSync(join(cwd, 'none.keys'))], [1, false], none.err)
    const make = async (name: string) => (await json('keys', 'create', '--account', id, '--user', ada.id, '--kind', 'rk', '--name', name)).key.id as string
    const old = [await make('one'), await make('two')]

    const rolled = await run('accounts', 'roll-keys', id, ada.id, '--overlap', '2h', '--out', 'new.keys')
    assert.equal(rolled.code, 0, rolled.err)
    assert.equal(statSync(join(cwd, 'new.keys')).mode & 0o777, 0o600)
    const lines = readFileSync(join(cwd, 'new.keys'), 'utf8').trimEnd().split('\n')
    const fields = lines.map((line) => /^(key_\w+) (key_\w+) (rk_live_lw_\w{49})$/.exec(line) ?? assert.fail(line))
    assert.deepEqual(fields.map(([, from]) => from).sort(), old.toSorted())
    for (const [, from, to, secret = ''] of fields) {
      assert.match(rolled.err, new RegExp(`Key ${to} is in the place of ${from}\\.`))
      assert.ok(!`${rolled.out}${rolled.err}`.includes(secret))
      const verified = await latchwork(['keys', 'verify', '--key-file', '-', ...server], { cwd, stdin: secret })
      assert.deepEqual([verified.code, verified.out.includes(`${to}\n`)], [0, true], verified.err)
    }
    assert.equal((await run('accounts', 'roll-keys', id, ada.id, '--out', 'new.keys')).code, 1)
    assert.equal(readFileSync(join(cwd, 'new.keys'), 'utf8').trimEnd(), lines.join('\n'), 'nothing is written over')

    const next = /latchwork (accounts end-keys \S+ \S+ .*)$/m.exec(rolled.err)?.[1] ?? assert.fail(rolled.err)
    const ended = await latchwork(next.split(' '), { cwd })
    for (const from of old) assert.match(ended.out, new RegExp(from))
    for (const [, , to] of fields) assert.equal((await json('keys', 'show', to ?? '')).revokedAt, undefined, 'the new ones are the maker’s')

    const third = await make('three')
    const shown = await run('accounts', 'roll-keys', id, ada.id, '--overlap', '0s')
    assert.match(shown.out, new RegExp(`^${third} key_\\w+ rk_live_lw_\\w{49}\n$`))
    assert.match(shown.err, /, which has ended\./)
    assert.doesNotMatch(shown.err, /end-keys/)
    const fourth = await make('four')
    const whole = await json('accounts', 'roll-keys', id, ada.id)
    assert.deepEqual([whole.rolled[0].replaced.id, /^rk_live_/.test(whole.rolled[0].secret)], [fourth, true])
    await make('five')
    const filed = await json('accounts', 'roll-keys', id, ada.id, '--out', 'five.keys')
    assert.deepEqual([filed.secretFile, filed.rolled[0].secret], ['five.keys', undefined])
  })
})
