/** Scans of a repository made of what is installed here: text, some 120 MB, four versions of each file. */
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Bench, Contestant, Contestants } from '../contest.ts'
import { inProcess } from '../contestants.ts'

const MODULES = join(import.meta.dirname, '../../../node_modules')
const PACKAGES = ['fastify', 'kysely', 'pino', 'playwright-core', '@types', 'typebox', 'undici-types', 'jose', 'nodemailer', 'pg']
const TEXTS: ReadonlySet<string> = new Set(['.js', '.ts', '.mts', '.cts', '.mjs', '.cjs', '.json', '.md', '.map'])
const VERSIONS = 4

function git(folder: string, ...words: string[]): void {
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', '-c', 'commit.gpgsign=false', '-c', 'gc.auto=0']
  execFileSync('git', ['-C', folder, ...who, ...words], { stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: 2 ** 28 })
}

let made: { readonly folder: string; readonly megabytes: number } | undefined

/** One for both contests. */
function repository(bench: Bench): { readonly folder: string; readonly megabytes: number } {
  if (made !== undefined) return made
  const folder = join(bench.folder, 'repository')
  let bytes = 0
  for (let version = 0; version < VERSIONS; version++) {
    for (const name of PACKAGES) {
      cpSync(join(MODULES, name), join(folder, `${version}`, name), {
        recursive: true,
        filter: (path) => statSync(path).isDirectory() || TEXTS.has(extname(path)),
      })
    }
    for (const file of filesIn(join(folder, `${version}`))) {
      const text = `${readFileSync(file, 'utf8')}\n// ${version}\n`
      bytes += Buffer.byteLength(text)
      writeFileSync(file, text)
    }
  }
  git(folder, 'init', '-q')
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'all')
  git(folder, 'gc', '-q')
  made = { folder, megabytes: bytes / 1e6 }
  return made
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
}

/** What git itself needs to look for one pattern in the same tree. */
function gitGrep(folder: string, megabytes: number): Contestant {
  const measure = async (seconds: number) => {
    const began = performance.now()
    let rounds = 0
    do {
      try {
        git(folder, '-c', 'grep.threads=1', 'grep', '-cE', 'sk_live_[0-9A-Za-z_]{50}')
      } catch (error) {
        if ((error as { readonly status?: number }).status !== 1) throw error // 1: nothing found
      }
      rounds++
    } while (performance.now() - began < seconds * 1000)
    return { value: ((rounds * megabytes) / (performance.now() - began)) * 1000 }
  }
  return { name: 'git grep, one pattern, one thread', close: () => undefined, measure }
}

/** @param kind a working tree, or all that its repository holds. */
export function scanOf(kind: 'path' | 'history') {
  return async (bench: Bench): Promise<Contestants> => {
    const { folder, megabytes } = repository(bench)
    const ours = inProcess('Latchwork', await bench.subject('scan', { kind, path: folder }))
    return kind === 'path' ? { ours, limit: gitGrep(folder, megabytes) } : { ours }
  }
}
