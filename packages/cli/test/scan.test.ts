import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gitleaksRules, mintKey, mintToken, trufflehogRules } from '@latchwork/kernel'
import { folder, freePort, latchwork, latchworkProcess, start } from './latchwork.ts'

const ROOT = resolve(import.meta.dirname, '../../..')

/** A listener that notes the credentials it is sent. */
async function listen(t: TestContext, status = 202) {
  const sent: string[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    sent.push((JSON.parse(Buffer.concat(parts).toString()) as { credential: string }).credential)
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"accepted":true}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return { sent, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('latchwork scan', () => {
  it('A4: exit code 0 is clean, 1 is found, 2 is not done; no secret is shown, no colour goes to a pipe', async (t) => {
    const cwd = folder(t)
    writeFileSync(join(cwd, 'clean.txt'), 'nothing')
    const clean = await latchworkProcess(['scan'], { cwd })
    assert.deepEqual([clean.code, clean.out], [0, ''])
    assert.match(clean.err, /^No keys found\. 1 file/)
    const key = mintKey('sk', 'live', 'lw').reveal()
    writeFileSync(join(cwd, 'leak.txt'), `a\nkey=${key}\n`)
    const found = await latchworkProcess(['scan', '.'], { cwd })
    assert.equal(found.code, 1)
    assert.equal(found.out, `leak.txt:2:5\n  Latchwork live secret key  sk_live_…${key.slice(-4)}\n`)
    assert.ok(!/\p{Cc}/u.test((found.out + found.err).replaceAll('\n', '')))
    for (const words of [
      ['missing'],
      ['--history'],
      ['--staged'],
      ['--format', 'xml'],
      ['--history', '--staged'],
      ['--rules', 'x'],
      ['--brand', 'TOO-LONG'],
      ['--baseline', 'clean.txt'],
      ['--baseline', 'missing'],
      [key],
    ]) {
      const ended = await latchwork(['scan', ...words], { cwd })
      assert.equal(ended.code, 2, words.join(' '))
      assert.ok(ended.err !== '' && !ended.err.includes(key))
    }
  })

  it('A4: standard input, JSON and SARIF, baseline, --strict', async (t) => {
    const cwd = folder(t)
    const key = mintToken('root_key').reveal()
    const piped = await latchworkProcess(['scan', '-', '--json'], { cwd, stdin: `x ${key}` })
    assert.equal(piped.code, 1)
    assert.equal((JSON.parse(piped.out) as { findings: { kind: string; path: string }[] }).findings[0]?.kind, 'root_key')
    writeFileSync(join(cwd, 'a.txt'), key)
    const sarif = await latchwork(['scan', '--format', 'sarif'], { cwd })
    assert.equal((JSON.parse(sarif.out) as { version: string }).version, '2.1.0')
    assert.equal((await latchwork(['scan', '--write-baseline', 'known.json'], { cwd })).code, 0)
    assert.equal((await latchwork(['scan', '--baseline', 'known.json'], { cwd })).code, 0)
    assert.ok(!readFileSync(join(cwd, 'known.json'), 'utf8').includes(key.slice(8)))
    writeFileSync(join(cwd, 'b.xz'), Buffer.from('fd377a585a000000', 'hex'))
    assert.equal((await latchwork(['scan', '--baseline', 'known.json'], { cwd })).code, 0)
    assert.equal((await latchwork(['scan', '--baseline', 'known.json', '--strict'], { cwd })).code, 2)
  })

  it('A4: --report sends live keys of ours, each once, of the brands named, and nothing else', async (t) => {
    const { sent, url } = await listen(t)
    const cwd = folder(t)
    const [live, other, test, root] = [mintKey('sk', 'live', 'lw'), mintKey('sk', 'live', 'other'), mintKey('sk', 'test', 'lw'), mintToken('root_key')].map(
      (secret) => secret.reveal(),
    ) as [string, string, string, string]
    writeFileSync(join(cwd, 'a.txt'), [live, live, other, test, root, `ghp_${'a1B2c3D4e5F6'.repeat(3)}`].join('\n'))
    const ended = await latchwork(['scan', '--report', '--server', url, '--brand', 'lw'], { cwd })
    assert.equal(ended.code, 1)
    assert.deepEqual(sent, [live, root])
    assert.match(ended.err, /2 of 2 live keys of ours reported/)
    const away = await latchwork(['scan', '--report', '--server', `http://localhost:${await freePort()}`], { cwd })
    assert.deepEqual([away.code, away.out.includes('sk_live_')], [2, true], 'found, told, and not reported')
  })

  it('A4: a real server takes the report', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    await start(t, ['--port', String(port), '--no-demo', '--json'], { cwd })
    const ended = await latchwork(['scan', '-', '--report', '--server', `http://localhost:${port}`], { cwd, stdin: mintKey('sk', 'live', 'lw').reveal() })
    assert.equal(ended.code, 1, ended.err)
    assert.match(ended.err, /1 of 1 live keys of ours reported/)
  })

  it('A4: --rules prints what the server publishes', async () => {
    const rules = async (...words: string[]) => (await latchwork(['scan', '--rules', ...words])).out
    assert.equal(await rules('gitleaks'), gitleaksRules('lw'))
    assert.equal(await rules('betterleaks', '--brand', 'acme'), gitleaksRules('acme'))
    assert.equal(await rules('trufflehog', '--brand', 'acme'), trufflehogRules('acme'))
  })

  it('A4: who stops reading the report changes no exit code', async (t) => {
    const cwd = folder(t)
    for (let count = 0; count < 500; count++) writeFileSync(join(cwd, `${count}.txt`), mintKey('sk', 'live', 'lw').reveal())
    const child = spawn(process.execPath, [join(ROOT, 'packages/cli/bin/latchwork.mjs'), 'scan'], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.destroy()
    const [code] = await once(child, 'close')
    assert.equal(code, 1)
  })

  it('A4: the hook refuses a commit that brings a key, and lets the next one pass', async (t) => {
    const cwd = folder(t)
    const git = (...words: string[]) =>
      spawnSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false', ...words], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(cwd, 'bin')}:${process.env['PATH']}` },
      })
    git('init', '-q')
    mkdirSync(join(cwd, 'bin'))
    writeFileSync(join(cwd, 'bin/latchwork'), `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'packages/cli/src/main.ts')}' "$@"\n`)
    chmodSync(join(cwd, 'bin/latchwork'), 0o755)
    copyFileSync(join(ROOT, 'docs/integrations/pre-commit'), join(cwd, '.git/hooks/pre-commit'))
    writeFileSync(join(cwd, 'a.txt'), mintKey('sk', 'live', 'lw').reveal())
    git('add', 'a.txt')
    const refused = git('commit', '-m', 'a key')
    assert.equal(refused.status, 1)
    assert.match(refused.stdout + refused.stderr, /a\.txt:1:1[\s\S]*live secret key/)
    writeFileSync(join(cwd, 'a.txt'), 'no key')
    git('add', 'a.txt')
    const passed = git('commit', '-m', 'no key')
    assert.equal(passed.status, 0, passed.stderr)
    assert.match(readFileSync(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'), /^ {2}entry: latchwork scan --staged$/m)
    assert.equal(execFileSync('git', ['rev-list', '--count', 'HEAD'], { cwd, encoding: 'utf8' }).trim(), '1')
  })
})
