/** A person in front of the command: profiles in a folder of their own, a passphrase, and a browser that tells where it was sent. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { type Ended, folder, latchwork, latchworkProcess } from '../latchwork.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')

type Run = (words: readonly string[], options?: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> }) => Promise<Ended>

export interface Person {
  readonly cwd: string
  readonly run: Run
  /** The same in a process of its own: for what processes do to one another. */
  readonly runProcess: Run
  /** Starts a login; `url` is where the browser is sent, `said` comes once standard error matches. */
  readonly begin: (words: readonly string[]) => Begun
  readonly file: (name: string, text: string) => string
}

export interface Begun {
  readonly url: Promise<string>
  readonly said: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
  readonly child: ChildProcess
}

export async function personAt(t: TestContext, more: Readonly<Record<string, string>> = {}): Promise<Person> {
  const cwd = folder(t)
  const browser = await browserHook(t, cwd)
  const env = { HOME: cwd, LATCHWORK_PASSPHRASE: 'a passphrase for tests', BROWSER: browser.command, ...more }
  const runBy =
    (command: typeof latchwork): Run =>
    (words, options = {}) =>
      command(['request', ...words], { cwd, stdin: options.stdin ?? '', env: { ...env, ...options.env } })
  return {
    cwd,
    run: runBy(latchwork),
    runProcess: runBy(latchworkProcess),
    begin: (words) => begin(t, words, cwd, env, browser.opened()),
    file: (name, text) => {
      writeFileSync(join(cwd, name), text, { mode: 0o600 })
      return name
    },
  }
}

async function browserHook(t: TestContext, cwd: string) {
  const waiting: ((url: string) => void)[] = []
  const server = createServer((request, response) => {
    response.end()
    waiting.shift()?.(decodeURIComponent(request.url?.slice(1) ?? ''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const command = join(cwd, 'browser.mjs')
  writeFileSync(command, `#!${process.execPath}\nawait fetch('http://127.0.0.1:${port}/' + encodeURIComponent(process.argv[2]))\n`)
  chmodSync(command, 0o700)
  return { command, opened: () => new Promise<string>((resolve) => waiting.push(resolve)) }
}

function begin(t: TestContext, words: readonly string[], cwd: string, env: Readonly<Record<string, string>>, url: Promise<string>): Begun {
  const child = spawn(process.execPath, [MAIN, 'request', ...words], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk
  })
  const closed = once(child, 'close')
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(err)
      if (found !== null) return found
      if (child.exitCode !== null) throw new Error(`ended without saying ${pattern}: ${err}`)
      await Promise.race([once(child.stderr, 'data'), closed])
    }
  }
  return { url, said, child, ended: closed.then(([code]) => ({ code: code as number | null, out, err })) }
}
