/**
 * Which test files share a process. A process that starts anew reads and warms up the same thousand modules each time; files of one folder are run one after the other in the
 * same one instead. What changes its process, or counts on a fresh one, keeps one of its own.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const FILES_PER_PROCESS = 6
/** A file of these takes as long as a folder of others. */
const LONG_FOLDERS = ['packages/server/test/browser', 'packages/server/test/operations']
const LONG_FILES_PER_PROCESS = 2
/** Each as long as several folders. */
const LONGEST_FILES = ['packages/store/test/kills.test.ts', 'packages/server/test/rotation/hardship.test.ts', 'packages/scan/test/hostile.test.ts']
/** Hooks of a whole file would be hooks of all; working directory, environment, certificates and memory are the process's. */
const KEEPS_TO_ITSELF = /^(?:before|after|beforeEach|afterEach)\(|process\.(?:chdir|on|memoryUsage|env\[[^\]]*\] =)|setDefaultCACertificates/m
/** Their commands take turns in one working directory. */
const FOLDERS_OF_PROCESSES = ['packages/cli/test', 'packages/cli/test/request']

/** @returns what node's test runner is to be given: files that import others. What takes long begins first, so that nothing is left alone at the end: the runner takes them by their names. */
export function grouped(root: string, files: readonly string[], folder: string): readonly string[] {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const alone: string[] = []
  const byFolder = new Map<string, string[]>()
  for (const file of files.filter((one) => !LONGEST_FILES.includes(one))) {
    const parent = dirname(file)
    const isAlone = FOLDERS_OF_PROCESSES.includes(parent) || KEEPS_TO_ITSELF.test(readFileSync(resolve(root, file), 'utf8'))
    if (isAlone) alone.push(file)
    else byFolder.set(parent, [...(byFolder.get(parent) ?? []), file])
  }
  const groupsOf = (parent: string, size: number): readonly Group[] =>
    chunks(byFolder.get(parent) ?? [], size).map((group, index) => ({
      name: group.length === 1 ? (group[0] as string) : `${parent} ${index + 1}`,
      files: group,
    }))
  const others = [...byFolder.keys()].filter((parent) => !LONG_FOLDERS.includes(parent))
  const groups = [
    ...LONGEST_FILES.filter((file) => files.includes(file)).map(single),
    ...LONG_FOLDERS.flatMap((parent) => groupsOf(parent, LONG_FILES_PER_PROCESS)),
    ...alone.map(single),
    ...others.flatMap((parent) => groupsOf(parent, FILES_PER_PROCESS)),
  ]
  return groups.map((group, index) => entryFor(root, folder, group, index))
}

interface Group {
  readonly name: string
  readonly files: readonly string[]
}

const single = (file: string): Group => ({ name: file, files: [file] })

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}

function entryFor(root: string, folder: string, { name, files }: Group, index: number): string {
  const words = name.replace(/\.test\.ts$/, '').replaceAll(/[^a-z0-9]+/gi, '-')
  const entry = join(folder, `${String(index).padStart(3, '0')}-${words}.test.mjs`)
  writeFileSync(entry, files.map((file) => `await import(${JSON.stringify(pathToFileURL(resolve(root, file)).href)})\n`).join(''))
  return entry
}
