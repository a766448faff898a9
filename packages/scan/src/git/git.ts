/**
 * Calls git on a repository that may be a stranger's: nothing that its configuration could make run is run (fsmonitor, hooks, external diffs, text conversion), and
 * nothing is fetched.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'

const SAFE = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.allow=never',
  '-c',
  'core.quotePath=false',
  '-c',
  'log.showSignature=false',
]

/** git failed, or there is none. */
export class GitFailure extends Error {}

export function startGit(path: string, words: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_NO_REPLACE_OBJECTS: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
  const child = spawn('git', ['-C', path, '--no-pager', ...SAFE, ...words], { env, stdio: 'pipe' })
  child.stdin.on('error', () => {}) // it may end before it has read all; its exit code says why
  return child
}

export interface GitEnded {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function runGit(path: string, words: readonly string[]): Promise<GitEnded> {
  const child = startGit(path, words)
  child.stdin.end()
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (part: Buffer) => void out.push(part))
  child.stderr.on('data', (part: Buffer) => void err.push(part))
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code: code ?? 1, out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8') }
  } catch (error) {
    return { code: 127, out: '', err: (error as Error).message }
  }
}

/** @throws GitFailure with git's own words. */
export async function askGit(path: string, words: readonly string[]): Promise<string> {
  const { code, out, err } = await runGit(path, words)
  if (code !== 0) throw new GitFailure(firstLine(err) || `git ${words[0]} ended with ${code}`)
  return out
}

/** Names that end with a zero byte, as they come. @throws GitFailure */
export async function* gitNames(path: string, words: readonly string[]): AsyncGenerator<string> {
  yield* gitParts(path, words, '\0')
}

/** @throws GitFailure */
export async function* gitParts(path: string, words: readonly string[], separator: string): AsyncGenerator<string> {
  const child = startGit(path, words)
  child.stdin.end()
  const ended = endOf(child)
  let rest = ''
  child.stdout.setEncoding('utf8')
  ended.catch(() => {})
  try {
    for await (const piece of child.stdout) {
      const parts = (rest + (piece as string)).split(separator)
      rest = parts.pop() ?? ''
      yield* parts
    }
    if (rest !== '') yield rest
    await ended
  } finally {
    child.kill()
  }
}

/** Settles when the child is gone. @throws GitFailure if it did not succeed. */
export async function endOf(child: ChildProcessWithoutNullStreams): Promise<void> {
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    if (err.length < 4096) err += part
  })
  const ended = Promise.race([once(child, 'close'), once(child, 'error').then(([error]) => Promise.reject(error as Error))])
  ended.catch(() => {})
  try {
    const [code] = (await ended) as [number | null]
    if (code !== 0) throw new GitFailure(firstLine(err) || `git ended with ${code}`)
  } catch (error) {
    throw error instanceof GitFailure ? error : new GitFailure(`git cannot be run (${(error as NodeJS.ErrnoException).code})`)
  }
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
