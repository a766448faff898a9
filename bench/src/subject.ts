/** A subject: a process of its own that is measured, and what the operating system says it used. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Subject {
  readonly name: string
  /** What the process said when it was ready. */
  readonly ready: Ready
  readonly child: ChildProcess
  /** Seconds of processor time used so far, all threads; `undefined` where the system does not tell (not Linux). */
  readonly cpuSeconds: () => number | undefined
  readonly residentMegabytes: () => number | undefined
  readonly close: () => Promise<void>
}

export interface Ready {
  readonly type: 'ready'
  readonly origin: string
  readonly [detail: string]: string
}

const CLOCK_TICKS_PER_SECOND = 100
const START_DEADLINE_MS = 30_000

/** Starts `src/subjects/NAME.ts` and waits for its `ready` message. Its settings arrive as one JSON argument. */
export async function startSubject(name: string, settings: unknown = {}): Promise<Subject> {
  const child = fork(join(import.meta.dirname, 'subjects', `${name}.ts`), [JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as Ready),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with code ${code} before it was ready`))),
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`${name} was not ready in time`)), START_DEADLINE_MS).unref()),
  ])
  return subjectOf(name, child, ready)
}

export function subjectOf(name: string, child: ChildProcess, ready: Ready): Subject {
  return {
    name,
    ready,
    child,
    cpuSeconds: () => {
      const fields = readProc(child, 'stat')
        ?.replace(/^.*\) /, '')
        .split(' ')
      return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND
    },
    residentMegabytes: () => {
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readProc(child, 'status') ?? '')?.[1]
      return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(impatience)
    },
  }
}

function readProc(child: ChildProcess, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}
