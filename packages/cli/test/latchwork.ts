/** Runs the real command, as a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { run } from '../src/run.ts'

const MAIN = resolve(import.meta.dirname, '../src/main.ts')

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Options {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** The command, run to its end. The environment holds nothing but what is given. */
export async function latchwork(words: readonly string[], { cwd = tmpdir(), env = {}, stdin = '' }: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'pipe' })
  const [out, err] = [collect(child.stdout), collect(child.stderr)]
  child.stdin.on('error', () => {}) // a command that reads nothing may be gone before it is written to
  child.stdin.end(stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out: out.text, err: err.text }
}

/** The command within this process, where many are run one after the other. */
export async function inProcess(words: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []]
  const terminal = {
    out: (text: string) => void out.push(`${text}\n`),
    err: (text: string) => void err.push(`${text}\n`),
    paint: (_style: unknown, text: string) => text,
    env: {},
    cwd: tmpdir(),
    isTerminal: false,
    readStdin: async () => '',
  }
  const code = await run(words, terminal)
  return { code, out: out.join(''), err: err.join('') }
}

export interface Running {
  readonly child: ChildProcess
  readonly out: { readonly text: string }
  readonly err: { readonly text: string }
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** `latchwork start`, until it says that it is ready. */
export async function start(t: TestContext, words: readonly string[], { cwd = tmpdir(), env = {} }: Options = {}): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, 'start', ...words], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = [collect(child.stdout), collect(child.stderr)]
  const closed = once(child, 'close')
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal)
    const [code] = (await closed) as [number | null]
    return code
  }
  t.after(() => child.exitCode === null && end('SIGKILL'))
  for await (const _chunk of on(child, closed)) if (/Pages:\n[\s\S]*\n\n|^\{.*\}\n/.test(out.text)) return { child, out, err, end }
  throw new Error(`latchwork start ended: ${out.text}${err.text}`)
}

async function* on(child: ChildProcess, closed: Promise<unknown>): AsyncGenerator<void> {
  let isClosed = false
  void closed.then(() => {
    isClosed = true
  })
  while (!isClosed && child.stdout !== null) yield void (await Promise.race([once(child.stdout, 'data'), closed]))
}

function collect(stream: NodeJS.ReadableStream | null): { readonly text: string } {
  const collected = { text: '' }
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    collected.text += chunk
  })
  return collected
}

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'latchwork-cli-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A port with two more free ones behind it, for the demo. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
