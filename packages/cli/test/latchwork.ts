/** Runs the real command, in a folder of its own: within this process, or as a process of its own. */
export { freePort } from '@latchwork/store/test-ports'

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { styleText } from 'node:util'
import { run } from '../src/run.ts'

export const MAIN = resolve(import.meta.dirname, '../bin/latchwork.mjs')

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

/** The command as a process of its own, run to its end: for what only a process shows. The environment holds nothing but what is given. */
export async function latchworkProcess(words: readonly string[], { cwd = tmpdir(), env = {}, stdin = '' }: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'pipe' })
  const [out, err] = [collect(child.stdout), collect(child.stderr)]
  child.stdin.on('error', () => {}) // a command that reads nothing may be gone before it is written to
  child.stdin.end(stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out: out.text, err: err.text }
}

/** The whole command line, from words to exit code, within this process: a start of Node costs more than most commands do. */
export function latchwork(words: readonly string[], options: Options = {}): Promise<Ended> {
  const ended = turn.then(() => inTurn(words, options))
  turn = ended.catch(() => {})
  return ended
}

/** One at a time: a process has one working directory. */
let turn: Promise<unknown> = Promise.resolve()

async function inTurn(words: readonly string[], { cwd = tmpdir(), env = {}, stdin = '' }: Options): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []]
  const pipe = new PassThrough() // no terminal: what paints must see that
  const before = process.cwd()
  process.chdir(cwd)
  try {
    const code = await run(words, {
      out: (text) => void out.push(`${text}\n`),
      err: (text) => void err.push(`${text}\n`),
      paint: (style, text) => styleText(style, text, { stream: pipe }),
      env: { PATH: process.env['PATH'] ?? '', ...env },
      cwd: process.cwd(),
      isTerminal: false,
      readStdin: async () => stdin,
      openStdin: () => Readable.from([Buffer.from(stdin)]),
    })
    return { code, out: out.join(''), err: err.join('') }
  } finally {
    process.chdir(before)
  }
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
