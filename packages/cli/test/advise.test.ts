import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, latchworkProcess, start } from './latchwork.ts'

const MAIN = resolve(import.meta.dirname, '../src/main.ts')
const KEY = ['--caller', 'customer-server', '--check', 'ask', '--theft', 'travels', '--leaning', 'no']

/** The command at a terminal of its own; each line is typed when the question before it stands there. */
async function atTerminal(lines: readonly string[], words: readonly string[] = []): Promise<{ readonly code: number | null; readonly text: string }> {
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, 'advise', ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'dumb', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 60_000,
  })
  let text = ''
  let asked = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const questions = text.split('\n> ').length - 1
    for (; asked < questions && asked < lines.length; asked++) child.stdin.write(`${lines[asked]}\r`)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

describe('latchwork advise', () => {
  it('A1: by flags: what to use, why, why not the others, and the code; as JSON too', async () => {
    const { code, out } = await latchworkProcess(['advise', ...KEY])
    assert.equal(code, 0)
    for (const part of [
      'A restricted API key',
      'Why\n',
      'Not OAuth:',
      'lifetime ',
      'The classic mistakes',
      '@latchwork/verify',
      'import httpx',
      'curl -sS',
      '--apply',
    ])
      assert.ok(out.includes(part), part)
    assert.ok(!/\p{Cc}/u.test(out.replaceAll('\n', '')), 'no colour goes to a pipe')
    const advice = JSON.parse((await latchwork(['advise', ...KEY, '--json'])).out)
    assert.equal(advice.id, 'restricted-key')
    assert.deepEqual(Object.keys(advice.code), ['node', 'python', 'curl'])
    const leaning = KEY.map((word) => (word === 'no' ? 'oauth' : word))
    assert.match((await latchwork(['advise', ...leaning])).out, /OAuth would not be safer here/)
  })

  it('A1: what is missing, unknown or needless is told with what there is', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /--caller is missing.*\n.*own-server, customer-server/],
      [['--caller', 'ghost'], /ghost is no answer to caller/],
      [['--caller', 'cli', '--cli', 'browser', '--holder', 'server'], /--holder is not asked/],
      [['--caller', 'third-party', '--json'], /--holder is missing/],
      [[...KEY, '--apply', '--account', 'a', '--name', 'b'], /--scope is missing/],
      [['--caller', 'third-party', '--holder', 'server', '--apply', '--name', 'x'], /--redirect-uri is missing/],
      [['--caller', 'own-server', '--check', 'ask', '--theft', 'stays', '--leaning', 'no', '--apply', '--name', 'x'], /--jwks is missing/],
      [['--caller', 'own-front-end', '--others', 'yes', '--apply', '--origin', 'https://a.example/x'], /is no origin/],
    ]
    for (const [index, [words, says]] of wrong.entries()) {
      const { code, err } = await (index === 0 ? latchworkProcess : latchwork)(['advise', ...words])
      assert.equal(code, 2, words.join(' '))
      assert.match(err, says)
    }
  })

  it('A1: in a terminal it asks, takes numbers or words, goes back, and ends when it is told to', async () => {
    const { code, text } = await atTerminal(['2', '9', 'b', '7', 'public'])
    assert.equal(code, 0)
    assert.match(text, /Who calls your API\?/)
    assert.match(text, /Answer with a number from 1 to 2, b to go back, or q to end/)
    assert.equal(text.split('Who calls your API?').length - 1, 2, 'asked again after going back')
    assert.match(text, /Where does that application run\?/)
    assert.match(text, /OAuth 2\.1 for a public client/)
    const ended = await atTerminal(['q'])
    assert.equal(ended.code, 0)
    assert.ok(!ended.text.includes('The classic mistakes'))
    const half = await atTerminal(['no'], ['--caller', 'own-front-end', '--others', 'no'])
    assert.match(half.text, /A session: a short JWT/)
  })

  it('A2: the comparison, row by row', async () => {
    const { out } = await latchwork(['advise', '--compare'])
    for (const title of [
      'Format',
      'State at the server',
      'Lifetime',
      'Revocation',
      'Says who the person is',
      'Somebody consents',
      'Rotation',
      'Standards',
      'If it leaks',
      'Complexity',
    ])
      assert.ok(out.includes(title), title)
    const { comparison, variants } = JSON.parse((await latchwork(['advise', '--compare', '--json'])).out)
    assert.ok(comparison.length >= 10 && variants.length >= 6)
  })

  it('A1: --apply makes the key and the clients at a running server, which work; secrets go to a file', async (t) => {
    const { cwd, server, issuer } = await startServer(t)
    const made = await latchwork(
      ['advise', ...KEY, '--apply', '--account', 'acc_a', '--name', 'Acme', '--scope', 'notes:read', '--out', 'acme.key', ...server],
      { cwd },
    )
    assert.equal(made.code, 0, made.err)
    const key = readFileSync(join(cwd, 'acme.key'), 'utf8').trim()
    assert.match(key, /^rk_live_/)
    assert.ok(!(made.out + made.err).includes(key))
    const again = ['advise', ...KEY, '--apply', '--account', 'acc_a', '--name', 'Acme', '--scope', 'notes:read', ...server]
    const second = await latchwork(again, { cwd })
    assert.equal(second.code, 1, second.out)
    assert.match(second.err, /was made by the same words before; nothing new is made/)
    const listed = await latchwork(['keys', 'list', '--json', ...server], { cwd })
    assert.equal(JSON.parse(listed.out).items.length, 1, listed.out)
    const client = [
      '--caller',
      'own-server',
      '--check',
      'offline',
      '--theft',
      'travels',
      '--leaning',
      'no',
      '--apply',
      '--name',
      'Nightly',
      '--scope',
      'notes:read',
      '--audience',
      'https://api.example.test',
    ]
    const registered = await latchwork(['advise', ...client, '--json', ...server], { cwd })
    assert.equal(registered.code, 0, registered.err)
    const answer = JSON.parse(registered.out)
    const token = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${answer.client.id}:${answer.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'notes:read' }),
    })
    assert.equal(token.status, 200, await token.text())
    const third: readonly (readonly string[])[] = [
      ['--caller', 'third-party', '--holder', 'server', '--redirect-uri', 'https://printer.example.com/callback'],
      ['--caller', 'third-party', '--holder', 'public', '--redirect-uri', 'com.example.printer:/cb'],
      ['--caller', 'third-party', '--holder', 'public', '--redirect-uri', 'https://page.example.com/callback'],
      ['--caller', 'third-party', '--holder', 'fixed', '--redirect-uri', 'https://zap.example.com/callback'],
      ['--caller', 'third-party', '--holder', 'device'],
      ['--caller', 'cli', '--cli', 'browser', '--redirect-uri', 'http://127.0.0.1/callback'],
      ['--caller', 'own-site', '--redirect-uri', 'https://www.example.com/callback'],
    ]
    for (const words of third) {
      const one = await latchwork(
        ['advise', ...words, '--apply', '--name', 'Printer', '--scope', 'notes:read', '--audience', 'https://api.example.test', '--json', ...server],
        { cwd },
      )
      assert.equal(one.code, 0, `${words.join(' ')} ${one.err}`)
      if (words.includes('public'))
        assert.equal(JSON.parse(one.out).client.applicationType, words.includes('https://page.example.com/callback') ? 'web' : 'native')
    }
    const pair = await latchwork(['generate', 'key-pair', '--out', 'client.pem', '--json'], { cwd })
    assert.equal(pair.code, 0, pair.err)
    writeFileSync(join(cwd, 'jwks.json'), JSON.stringify({ keys: [publicKeyIn(JSON.parse(pair.out))] }))
    const proven = await latchwork(
      [
        'advise',
        '--caller',
        'own-server',
        '--check',
        'ask',
        '--theft',
        'stays',
        '--leaning',
        'no',
        '--apply',
        '--name',
        'Bank',
        '--scope',
        'notes:read',
        '--audience',
        'https://api.example.test',
        '--jwks',
        'jwks.json',
        '--json',
        ...server,
      ],
      { cwd },
    )
    assert.equal(proven.code, 0, proven.err)
    assert.equal(JSON.parse(proven.out).client.authenticationMethod, 'private_key_jwt')
  })

  it('A1: --apply sets sessions in a JSON configuration, changes nothing the second time, and loses nothing', async (t) => {
    const cwd = folder(t)
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ mode: 'development', sessions: { accessTokenLifetimeSeconds: 300 } }))
    const words = ['advise', '--caller', 'own-front-end', '--others', 'no', '--leaning', 'no', '--apply', '--origin', 'https://app.example.com']
    for (let turn = 0; turn < 2; turn++) assert.equal((await latchwork([...words, '--config', 'c.json'], { cwd })).code, 0)
    assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'c.json'), 'utf8')), {
      mode: 'development',
      sessions: { accessTokenLifetimeSeconds: 300, allowedOrigins: ['https://app.example.com'] },
    })
    writeFileSync(join(cwd, 'c.ts'), 'export default {}')
    assert.equal((await latchwork([...words, '--config', 'c.ts'], { cwd })).code, 1)
    assert.equal(readFileSync(join(cwd, 'c.ts'), 'utf8'), 'export default {}')
    assert.match((await latchwork(words, { cwd })).out, /"allowedOrigins"/)
    const both = await latchwork(['advise', '--caller', 'own-front-end', '--others', 'yes', '--apply', '--origin', 'https://app.example.com'], { cwd })
    assert.match(both.out, /"allowedOrigins"/)
    assert.match(both.err, /Each application of others is a client of its own/)
  })
})

/** The public half, wherever the answer has it. */
function publicKeyIn(answer: Readonly<Record<string, unknown>>): unknown {
  for (const value of Object.values(answer)) {
    if (typeof value !== 'object' || value === null) continue
    if ('kty' in value && !('d' in value)) return value
    const inner = publicKeyIn(value as Record<string, unknown>)
    if (inner !== undefined) return inner
  }
  return undefined
}

async function startServer(t: TestContext) {
  const cwd = folder(t)
  const port = await freePort()
  const rootKey = mintToken('root_key').reveal()
  const apis = [{ identifier: 'https://api.example.test', name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read' }] }]
  const config = {
    http: { port },
    demo: false,
    apis,
    accounts: [{ id: 'acc_a', name: 'A' }],
    rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }],
  }
  writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
  writeFileSync(join(cwd, 'root.key'), rootKey)
  await start(t, ['--config', 'c.json', '--json'], { cwd })
  const issuer = `http://localhost:${port}`
  return { cwd, issuer, server: ['--server', issuer, '--root-key-file', 'root.key'] }
}
