import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folder, freePort, latchwork, latchworkProcess, MAIN, start } from './latchwork.ts'

describe('latchwork start', () => {
  it('E7: prints what a newcomer needs, all of it works, and ends with its demo', async (t) => {
    const cwd = folder(t)
    const port = String(await freePort())
    const first = await start(t, ['--port', port], { cwd })
    const { text } = first.out
    const link = /http:\/\/localhost:\d+\/\S+lw_ot_\S+/.exec(text)?.[0] ?? assert.fail(text)
    assert.equal((await fetch(link)).status, 200)
    const [, api = '', key = ''] = /curl (\S+) -H "Authorization: (Bearer sk_\S+)"/.exec(text) ?? assert.fail(text)
    const answer = await fetch(api, { headers: { authorization: key } })
    assert.equal(answer.status, 200)
    assert.equal((await fetch(api)).status, 401)
    const [, application = ''] = /(http:\/\/127\.0\.0\.1:\d+) {2}a demo application/.exec(text) ?? assert.fail(text)
    assert.equal((await fetch(application)).status, 200)
    assert.equal(first.err.text, '')
    const second = await latchworkProcess(['start', '--no-demo', '--port', String(await freePort())], { cwd })
    assert.equal(second.code, 1)
    assert.match(second.err, /Another Latchwork server uses \S+\/data\/latchwork\.db\.\s+Stop that one, or name another folder with --data/)
    assert.equal(await first.end('SIGINT'), 0)
    for (const address of [api, application, `http://localhost:${port}`]) await assert.rejects(fetch(address), `${address} still answers`)

    const later = await start(t, ['--port', port, '--json'], { cwd })
    const said = JSON.parse(later.out.text) as { issuer: string; demo: { key?: string } }
    assert.equal(said.issuer, `http://localhost:${port}`)
    assert.equal(said.demo.key, undefined)
    assert.equal(await later.end(), 0)
    assert.equal(statSync(join(cwd, 'data/secret.key')).mode & 0o777, 0o600)
  })

  const IN_A_NAME_SPACE = ['--map-root-user', '--mount', 'sh', '-c']
  const canMount = spawnSync('unshare', [...IN_A_NAME_SPACE, `mount -t tmpfs tmpfs '${tmpdir()}'`]).status === 0
  it('R3 E7: says that the disk is full, and ends', { skip: !canMount && 'nothing can be mounted here' }, (t) => {
    const data = folder(t)
    const program = `mount -t tmpfs -o size=64k tmpfs '${data}' && exec '${process.execPath}' '${MAIN}' start --data '${data}' --no-demo --log-level fatal`
    const { status, stderr } = spawnSync('unshare', [...IN_A_NAME_SPACE, program], { encoding: 'utf8', timeout: 60_000, cwd: data })
    assert.equal(status, 1)
    assert.match(stderr, /The disk of .*latchwork\.db is full\.\n.*Make room on it, and start again/)
  })

  it('E7: says in one line why it cannot start', async (t) => {
    const cwd = folder(t)
    const taken = createServer().listen(0, 'localhost')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const { port } = taken.address() as { port: number }
    writeFileSync(join(cwd, 'file'), '')
    mkdirSync(join(cwd, 'junk'))
    writeFileSync(join(cwd, 'junk/latchwork.db'), 'x'.repeat(5000))
    const key = (await latchwork(['generate', 'secret-key'])).out.trim()
    const away = { LATCHWORK_SECRET_KEY: key, LATCHWORK_DATABASE_URL: 'postgres://u:MARKED@127.0.0.1:1/db' }
    const cases: readonly (readonly [readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
      [['--port', String(port)], {}, new RegExp(`Port ${port} is in use[\\s\\S]*: latchwork start --port ${port + 1}\n`)],
      [['--port', String(port)], { npm_lifecycle_event: 'start' }, new RegExp(`: npm start -- --port ${port + 1}\n`)],
      [['--port', String(port)], { npm_lifecycle_event: 'latchwork' }, new RegExp(`: npm run latchwork -- start --port ${port + 1}\n`)],
      [['--port', String(port)], { npm_lifecycle_event: 'npx' }, new RegExp(`: npx latchwork start --port ${port + 1}\n`)],
      [['--data', 'file/below'], {}, /data folder .*file\/below: cannot be used \(ENOTDIR\)/],
      [['--data', '/proc/latchwork'], {}, /data folder \/proc\/latchwork: cannot be used/],
      [['--data', 'junk'], {}, /is damaged, or no database of Latchwork/],
      [[], away, /database db at 127\.0\.0\.1:1 cannot be reached/],
      [['--config', 'gone.ts'], {}, /--config gone\.ts: there is no file/],
    ]
    for (const [words, env, said] of cases) {
      const { code, out, err } = await latchworkProcess(['start', '--no-demo', ...words], { cwd, env })
      assert.equal(code, 1, words.join(' '))
      assert.equal(out, '')
      assert.match(err, said)
      assert.doesNotMatch(err, /\n\s+at |MARKED/)
    }
  })
})

describe('latchwork init and the management commands', () => {
  it('E7: sets up an installation without a browser, and manages its keys, clients and events', async (t) => {
    const cwd = folder(t)
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ accounts: [{ id: 'acc_acme', name: 'Acme' }] }))
    const made = await latchworkProcess(['init', '--root-key-file', 'root.key', '--config', 'c.json'], { cwd })
    assert.equal(made.code, 0, made.err)
    assert.equal(statSync(join(cwd, 'root.key')).mode & 0o777, 0o600)
    const rootKey = readFileSync(join(cwd, 'root.key'), 'utf8').trimEnd()
    assert.ok(!made.out.includes(rootKey))
    assert.equal((await latchwork(['init', '--root-key-file', 'root.key', '--config', 'c.json'], { cwd })).code, 1)
    assert.equal(readFileSync(join(cwd, 'root.key'), 'utf8').trimEnd(), rootKey)

    const port = String(await freePort())
    const server = await start(t, ['--port', port, '--config', 'c.json', '--json'], { cwd })
    const on = ['--server', `http://localhost:${port}`]
    const asRoot = { cwd, env: { LATCHWORK_ROOT_KEY: rootKey } }
    const created = await latchworkProcess(
      ['keys', 'create', '--account', 'acc_acme', '--name', 'export', '--scope', 'notes:read', '--out', 'key', '--json', ...on],
      asRoot,
    )
    assert.equal(created.code, 0, created.err)
    const { key } = JSON.parse(created.out) as { key: { id: string } }
    assert.match(readFileSync(join(cwd, 'key'), 'utf8'), /^sk_live_lw_\w{49}\n$/)
    const listed = await latchwork(['keys', 'list', '--root-key-file', 'root.key', ...on], { cwd })
    assert.match(listed.out, new RegExp(`^ID .*\\n${key.id} .* primary +export +notes:read\\n$`))
    assert.equal((await latchworkProcess(['keys', 'revoke', key.id, '--root-key-file', '-', ...on], { cwd, stdin: rootKey })).code, 0)
    assert.match((await latchwork(['keys', 'list', ...on], asRoot)).out, / revoked /)

    const client = await latchworkProcess(['clients', 'create', '--name', 'Printer', '--redirect-uri', 'https://printer.example.com/cb', ...on], asRoot)
    assert.match(client.out, /^lw_cs_\w{49}\n$/)
    assert.match((await latchwork(['clients', 'list', ...on], asRoot)).out, /Printer/)
    const events = JSON.parse((await latchworkProcess(['events', 'list', '--type', 'key.revoked', '--json', ...on], asRoot)).out) as {
      items: { credentialId: string }[]
    }
    assert.deepEqual(
      events.items.map(({ credentialId }) => credentialId),
      [key.id],
    )

    const refused = await latchwork(['keys', 'revoke', 'key_unknown', ...on], asRoot)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /^latchwork: Not found \(reference /)
    const unscoped = await latchwork(['clients', 'create', '--name', 'x', '--redirect-uri', 'http://x.example/cb', '--json', ...on], asRoot)
    const { error } = JSON.parse(unscoped.err) as { error: { status: number; code: string; mend: string } }
    assert.deepEqual([unscoped.code, error.status, error.code], [1, 400, 'redirect_uri_invalid'])
    assert.equal((await latchwork(['keys', 'list', ...on], { cwd, env: { LATCHWORK_ROOT_KEY: 'lw_root_x' } })).code, 1)
    assert.equal(await server.end(), 0)
    const gone = await latchwork(['keys', 'list', ...on], asRoot)
    assert.equal(gone.code, 1)
    assert.match(gone.err, /cannot be reached \(ECONNREFUSED\)/)
  })
})
