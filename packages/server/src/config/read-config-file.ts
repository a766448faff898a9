/** Finds the configuration file and reads what it exports. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseStrictJson, redactCredentials } from '@latchwork/kernel'
import { ConfigurationError } from './configuration-error.ts'

/** Looked for in the working directory when no file is named. */
export const DEFAULT_FILE = 'latchwork.config.ts'
const MODULES = ['.ts', '.mts', '.js', '.mjs']

export interface ConfigFile {
  /** Absolute; absent when the configuration was handed in as a value. */
  readonly path?: string
  readonly content: Readonly<Record<string, unknown>>
}

/** @param named the file asked for; without one, `latchwork.config.ts` is read if it is there. @throws ConfigurationError. */
export async function readConfigFile(named: string | undefined, cwd: string, writtenAs: string): Promise<ConfigFile | undefined> {
  if (named === undefined && !existsSync(resolve(cwd, DEFAULT_FILE))) return undefined
  const path = resolve(cwd, named ?? DEFAULT_FILE)
  const refuse = (fault: string, mend: string): never => {
    throw new ConfigurationError([{ option: named === undefined ? DEFAULT_FILE : `${writtenAs} ${named}`, fault, mend }])
  }
  if (!existsSync(path)) return refuse(`there is no file ${path}`, 'Name a file that exists; relative paths start from the working directory.')
  if (!statSync(path).isFile()) return refuse(`${path} is not a file`, 'Name the file itself.')
  const kind = extname(path)
  if (kind !== '.json' && !MODULES.includes(kind))
    return refuse(`${kind === '' ? 'a file without an ending' : `a ${kind} file`} is not read`, `Use one of ${[...MODULES, '.json'].join(', ')}.`)
  const content = kind === '.json' ? parseJson(path, refuse) : await importModule(path, refuse)
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return refuse(
      content === undefined ? `${path} exports nothing as default` : `${path} holds no object`,
      kind === '.json' ? 'Write one JSON object: { "issuer": "…" }.' : "Write: export default { issuer: '…' }.",
    )
  return { path, content: content as Readonly<Record<string, unknown>> }
}

type Refuse = (fault: string, mend: string) => never

function parseJson(path: string, refuse: Refuse): unknown {
  const bytes = readFileSync(path)
  const text = bytes.toString('utf8')
  try {
    const content: unknown = JSON.parse(text)
    return parseStrictJson(bytes) === undefined ? refuse(`${path} names a member twice, or is not plain UTF-8`, 'Write each member once.') : content
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    // The engine's message quotes the text around the fault, which may be a secret: only the place is told.
    const place = /\(line \d+ column \d+\)|position \d+/.exec((error as Error).message)?.[0]
    return refuse(
      `${path} is not JSON${place === undefined ? '' : `, ${place}`}`,
      'Mend the syntax: double quotes, no comments, no comma after the last member.',
    )
  }
}

async function importModule(path: string, refuse: Refuse): Promise<unknown> {
  const url = pathToFileURL(path)
  url.search = `changed=${statSync(path).mtimeMs}` // a changed file is read again within one process
  try {
    return ((await import(url.href)) as { readonly default?: unknown }).default
  } catch (error) {
    const [firstLine = ''] = String((error as Error)?.message ?? error).split('\n')
    const what = error instanceof SyntaxError ? 'is not valid code' : 'failed while it was read'
    return refuse(`${path} ${what}: ${redactCredentials(firstLine).slice(0, 300)}`, 'Mend the file; `node --check` shows the line of a syntax error.')
  }
}
