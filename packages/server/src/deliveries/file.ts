/** A file below the configured folder, for installations on one machine: written beside its place, for its owner alone, and moved there whole. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import type { FileTarget } from '../config/delivery-target.ts'
import { type TargetAdapter, Undelivered } from './target-adapter.ts'

export function fileAdapter({ directory }: FileTarget): TargetAdapter {
  return {
    faultOf: () => undefined,
    async deliver({ path, secret }) {
      try {
        const folder = await folderOf(directory, path)
        await replaceFile(folder, basename(path), `${secret.reveal()}\n`)
        return 'written'
      } catch (error) {
        if (error instanceof Undelivered) throw error
        throw new Undelivered(`the file cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, true)
      }
    },
  }
}

/** Made if it is not there. No link leads out of the configured folder. */
async function folderOf(directory: string, path: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const root = await realpath(directory)
  let folder = root
  for (const part of dirname(path).split('/')) {
    if (part === '.') continue
    const next = join(folder, part)
    await mkdir(next, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    folder = await realpath(next)
    if (!folder.startsWith(root + sep)) throw new Undelivered('the path leads out of the folder of this target', false)
  }
  return folder
}

async function replaceFile(folder: string, name: string, content: string): Promise<void> {
  const beside = join(folder, `.${name}.${randomBytes(6).toString('hex')}`)
  const file = await open(beside, 'wx', 0o600)
  try {
    await writeThrough(file, content)
    await rename(beside, join(folder, name))
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  const place = await open(folder, 'r')
  await place.sync().finally(() => place.close()) // the new name too is on the disk
}

async function writeThrough(file: FileHandle, content: string): Promise<void> {
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
