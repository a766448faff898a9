import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

/** A server, and the command that asks it. */
async function installation(t: TestContext, cwd = folder(t)) {
  const port = await freePort()
  const rootKey = mintToken('root_key').reveal()
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ http: { port }, demo: false, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }))
  writeFileSync(join(cwd, 'root.key'), rootKey)
  const origin = `http://localhost:${port}`
  const flags = ['--server', origin, '--root-key-file', 'root.key']
  const serve = () => start(t, ['--config', 'c.json', '--json'], { cwd })
  const server = await serve()
  return { cwd, flags, server, serve, rootKey, run: (...words: readonly string[]) => latchwork([...words, ...flags], { cwd }) }
}

const lines = (text: string) => text.trim().split('\n')
const parsed = (line: string) => JSON.parse(line)
const eventsOf = (text: string) => lines(text).map(parsed)

describe('latchwork events', () => {
  it('E1: list filters as the server does, --all goes through every page, and export writes JSON Lines', async (t) => {
    const { run, cwd, flags, rootKey } = await installation(t)
    const account = JSON.parse((await run('accounts', 'create', '--name', 'Acme', '--json')).out).id
    for (let n = 0; n < 5; n++)
      assert.equal((await run('keys', 'create', '--account', account, '--kind', 'rk', '--name', `k${n}`, '--scope', 'notes:read')).code, 0)
    const ofAccount = ['--account', account, '--since', '1h']
    const page = await run('events', 'list', ...ofAccount, '--type', 'key.', '--limit', '2')
    assert.match(page.out, /^TIME .*\n.* key\.created .*\n.* key\.created .*\n$/)
    assert.match(page.err, /There is more: add --after \S+, or --all/)
    const whole = await run('events', 'list', ...ofAccount, '--type', 'key.', '--type', 'account.created', '--limit', '2', '--all', '--oldest-first')
    assert.deepEqual(
      lines(whole.out).map((line) => line.split(/ +/)[1]),
      ['TYPE', 'account.created', ...Array.from({ length: 5 }, () => 'key.created')],
    )
    const all = lines((await run('events', 'list', ...ofAccount, '--limit', '2', '--all', '--json')).out)
    const exported = await run('events', 'export', ...ofAccount)
    assert.deepEqual([exported.code, all.length], [0, 6])
    assert.deepEqual(eventsOf(exported.out), all.map(parsed))
    assert.equal((await run('events', 'list', ...ofAccount, '--until', '2h')).code, 1, 'since is not before until')
    assert.match((await run('events', 'list', '--type', 'key.creatd')).err, /Did you mean key\.created\?/)
    assert.match((await run('events', 'export', '--type', 'nothing')).err, /beginning of some/)
    assert.match((await run('events', 'list', '--since', '2y')).err, /--since is no time/)
    const fromStdin = await latchwork(['events', 'list', ...ofAccount, '--all', '--limit', '2', '--json', '--server', flags[1] ?? '', '--root-key-file', '-'], {
      cwd,
      stdin: rootKey,
    })
    assert.deepEqual(lines(fromStdin.out), all, 'the root key is read once')
  })

  it('E1: --follow tells what was last, then each event once as it is written, also after the server was away', async (t) => {
    const { run, cwd, flags, server, serve } = await installation(t)
    const make = async (name: string) => assert.equal((await run('accounts', 'create', '--name', name)).code, 0)
    await make('before')
    const main = resolve(import.meta.dirname, '../bin/latchwork.mjs')
    const child = spawn(process.execPath, [main, 'events', 'list', '--type', 'account.', '--follow', '--json', ...flags], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.after(() => child.kill('SIGKILL'))
    const [out, err] = [heard(child.stdout), heard(child.stderr)]
    await out.until((text) => lines(text).length === 1 && text.endsWith('\n'))
    await make('one')
    await make('two')
    await out.until((text) => lines(text).length === 3)
    await server.end()
    await err.until((text) => /asked again until it is back/.test(text))
    await serve()
    await make('three')
    await out.until((text) => lines(text).length === 4)
    assert.match(err.text(), /The server is back/)
    const events = eventsOf(out.text())
    assert.ok(events.every(({ type }) => type === 'account.created'))
    assert.equal(new Set(events.map(({ id }) => id)).size, 4)
    child.kill('SIGINT')
    await once(child, 'close')
    assert.match((await run('events', 'list', '--follow', '--until', '1h')).err, /--follow does not go with --until/)
  })
})

describe('latchwork events verify', () => {
  it('E1: says whole with the head to keep, or what is broken and ends with 1', async (t) => {
    const { run, cwd, server } = await installation(t)
    for (let n = 0; n < 3; n++) await run('accounts', 'create', '--name', `a${n}`)
    const sealed = async () => (await run('events', 'verify')).out.includes('Nothing waits to be sealed.')
    while (!(await sealed()));
    const whole = await run('events', 'verify')
    assert.deepEqual([whole.code, whole.err], [0, ''])
    const head =
      /^The event log is whole: \d+ events in \d+ batch(?:es)?, each as it was sealed\.\nNothing waits to be sealed\.\nHead, sealed \S+: (\d+\.\S{43})\n$/.exec(
        whole.out,
      )?.[1]
    assert.ok(head !== undefined, whole.out)
    assert.match((await run('events', 'verify', '--head', head)).out, /\nThe head that you kept is in the chain\.\n/)
    const told = JSON.parse((await run('events', 'verify', '--json', '--head', head)).out)
    assert.deepEqual([told.state, told.headIs, told.next], ['whole', 'in_chain', undefined])
    assert.match((await run('events', 'verify', '--head', 'abc')).err, /A head is a number/)
    await server.end()
    const database = new DatabaseSync(join(cwd, 'data', 'latchwork.db'))
    database.exec('update events set reason = 1 where seq = 1')
    database.close()
    const again = await installation(t, cwd)
    const broken = await again.run('events', 'verify')
    assert.equal(broken.code, 1)
    assert.match(
      broken.out,
      /^THE EVENT LOG IS BROKEN\.\nBatch 1, sealed \S+, events of \S+ to \S+; \d+ were sealed, \d+ found \(events_changed\)\.\nEvents of this batch were/,
    )
    const other = await again.run('events', 'verify', '--json', '--head', `1.${'x'.repeat(43)}`)
    assert.deepEqual([other.code, JSON.parse(other.out).broken.reason], [1, 'head_missing'])

    const refused = await again.run('events', 'accept-break', '--batch', '1', '--reason', 'seal_changed', '--why', 'x')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /No batch from there on is broken for that reason/)
    for (const wrong of [
      ['--batch', '1', '--reason', 'events_changed'],
      ['--batch', 'x', '--reason', 'events_changed', '--why', 'x'],
    ])
      assert.equal((await again.run('events', 'accept-break', ...wrong)).code, 2)
    const accepted = await again.run('events', 'accept-break', '--batch', '1', '--reason', 'events_changed', '--why', 'a disk was repaired')
    assert.deepEqual([accepted.code, accepted.out], [0, 'Accepted: 1 break. The check goes on behind, and names what was accepted.\n'], accepted.err)
    const after = await again.run('events', 'verify')
    assert.equal(after.code, 0)
    assert.match(
      after.out,
      /^THE EVENT LOG IS NOT AS IT WAS SEALED, which was accepted; all else holds: .* were checked\.\nBatch 1 \(events_changed\): accepted \S+ by root_\S+: a disk was repaired\n/,
    )
    assert.match((await again.run('events', 'list', '--type', 'events.break_accepted')).out, /a disk was repaired|events\.break_accepted/)
  })
})

describe('latchwork root-keys', () => {
  it('E4: are made, listed page by page and by state, and revoked', async (t) => {
    const { run } = await installation(t)
    const made = JSON.parse((await run('root-keys', 'create', '--name', 'Grafana', '--scope', 'events:read', '--json')).out)
    for (let n = 0; n < 3; n++) await run('root-keys', 'create', '--name', `k${n}`, '--scope', 'keys:read', '--scope', 'events:read')
    assert.equal((await run('root-keys', 'revoke', made.rootKey.id)).out, `Root key ${made.rootKey.id} is revoked.\n`)
    assert.match((await run('root-keys', 'list', '--state', 'revoked')).out, /revoked .* Grafana +events:read\n$/)
    const names = lines((await run('root-keys', 'list', '--limit', '1', '--all', '--json')).out).map((line) => JSON.parse(line).name)
    assert.deepEqual(names, ['k2', 'k1', 'k0', 'Grafana'])
    assert.match((await run('root-keys', 'list', '--name', 'nobody')).out, /There are no root keys/)
    for (const list of ['keys', 'accounts', 'users', 'clients', 'initial-tokens', 'alerts', 'keys rotation']) {
      const { code, err } = await run(...list.split(' '), 'list', '--all', '--json')
      assert.deepEqual([code, err], [0, ''], list)
    }
  })
})

function heard(stream: NodeJS.ReadableStream) {
  let text = ''
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  return {
    text: () => text,
    until: async (holds: (text: string) => boolean) => {
      while (!holds(text)) await once(stream, 'data')
    },
  }
}
