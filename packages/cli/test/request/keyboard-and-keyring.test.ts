/** What needs a terminal or a desktop's session around it: a real pseudo-terminal (util-linux' script), a real Secret Service (gnome-keyring). */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { folder } from '../latchwork.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
const has = (command: string, ...words: readonly string[]): boolean => spawnSync(command, words).status === 0
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

interface Seen {
  readonly code: number | null
  readonly text: string
}

/** Types each answer when its question has come. */
async function atTerminal(
  t: TestContext,
  words: readonly string[],
  answers: readonly (readonly [question: RegExp, answer: string])[],
  home: string,
): Promise<Seen> {
  const command = [process.execPath, MAIN, ...words].map(quoted).join(' ')
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, SHELL: '/bin/sh' }
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, cwd: home, stdio: 'pipe' })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  let at = 0
  const rest = [...answers]
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const [next] = rest
    if (next === undefined || !next[0].test(text.slice(at))) return
    at = text.length
    rest.shift()
    child.stdin.write(next[1])
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

describe('at the keyboard', { skip: process.platform === 'linux' && has('script', '--version') ? false : 'no script of util-linux' }, () => {
  it('C1: what is asked for is not shown while it is typed; Ctrl-C ends', async (t) => {
    const home = folder(t)
    const words = ['request', 'login', 'k', '--type', 'api-key', '--api', 'https://api.example.com']
    const made = await atTerminal(
      t,
      words,
      [
        [/API key: /, 'the-secret-key\r'],
        [/passphrase .*: /, 'a long passphrasx\x7fe\r'],
        [/Once more: /, 'a long passphrase\r'],
      ],
      home,
    )
    assert.equal(made.code, 0, made.text)
    assert.match(made.text, /Logged in: k/)
    assert.doesNotMatch(made.text, /the-secret-key|long passphras/)
    assert.ok(!readFileSync(join(home, '.config/latchwork/profiles/k.json'), 'utf8').includes('the-secret-key'))
    const ended = await atTerminal(t, ['request', 'GET', 'https://api.example.com', '--profile', 'k'], [[/Passphrase/, '\x03']], home)
    assert.equal(ended.code, 130)
    assert.doesNotMatch(ended.text, /\bat \S+:\d+/)
  })

  it('C2: a token that is pasted is not shown', async (t) => {
    const seen = await atTerminal(t, ['inspect'], [[/not shown\): /, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.\r']], folder(t))
    assert.match(seen.text, /DANGER/)
    assert.doesNotMatch(seen.text, /eyJ/)
  })
})

describe('a keyring', { skip: has('gnome-keyring-daemon', '--version') && has('dbus-run-session', '--', 'true') ? false : 'no gnome-keyring' }, () => {
  it('C1: seals without a passphrase; when it is away the profile stays closed, and that is said', (t) => {
    const home = folder(t)
    const latchwork = [process.execPath, MAIN, 'request'].map(quoted).join(' ')
    const script = [
      'printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1',
      `printf the-secret-key | ${latchwork} login k --type api-key --api http://127.0.0.1:1 --key-file -`,
      `${latchwork} profiles`,
      `${latchwork} GET http://127.0.0.1:1/ --profile k`,
    ]
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: home }
    const within = spawnSync('dbus-run-session', ['--', 'sh', '-c', script.join('\n')], { env, encoding: 'utf8' })
    assert.match(within.stdout, /^k +api-key +keyring /m, within.stderr)
    assert.match(within.stderr, /cannot be reached/, 'it was opened, and sent')
    const without = spawnSync(process.execPath, [MAIN, 'request', 'GET', 'http://127.0.0.1:1/', '--profile', 'k'], { env, encoding: 'utf8' })
    assert.equal(without.status, 2)
    assert.match(without.stderr, /keyring of this system does not answer/)
    assert.ok(!readFileSync(join(home, '.config/latchwork/profiles/k.json'), 'utf8').includes('the-secret-key'))
  })
})
