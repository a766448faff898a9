/** Secrets in files: written for their owner's eyes alone, never over something that is there. */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Secret } from '@latchwork/kernel'
import { Failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Takes the place first, so that nothing is made that could not be written down; gives it up again if making fails. */
export function writeSecretFile<T>(path: string, make: () => Promise<{ readonly secret: Secret; readonly result: T }>): Promise<T> {
  return writeOwnFile(path, async () => {
    const { secret, result } = await make()
    return { bytes: Buffer.from(`${secret.reveal()}\n`), result }
  })
}

/** The same, for bytes as they are. */
export async function writeOwnFile<T>(path: string, make: () => Promise<{ readonly bytes: Buffer; readonly result: T }>): Promise<T> {
  const file = open(path)
  let isWritten = false
  try {
    const { bytes, result } = await make()
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
    isWritten = true
    return result
  } finally {
    closeSync(file)
    if (!isWritten) rmSync(path, { force: true })
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new Failure(`${path} is there already.`, 'Name another file, or move this one away: a secret is never overwritten.')
    throw new Failure(`${path} cannot be written (${code}).`, 'Name a file in a folder that is there and that you may write to.')
  }
}

/** @param path `-`: standard input. White space at the end is no part of the secret. */
export async function readSecretFile(path: string, { cwd, readStdin }: Pick<Terminal, 'cwd' | 'readStdin'>): Promise<string> {
  if (path === '-') return (await readStdin()).trimEnd()
  try {
    return readFileSync(resolve(cwd, path), 'utf8').trimEnd()
  } catch (error) {
    throw new Failure(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, 'Name a file that is there and that you may read.')
  }
}
