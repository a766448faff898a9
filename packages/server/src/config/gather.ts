/** Collects every option's value: flag over environment over file over default. Faults of single values are noted, the rest goes on. */
import { dirname, resolve } from 'node:path'
import { type Secret, suggestion } from '@latchwork/kernel'
import type { Problem } from './configuration-error.ts'
import { environmentName, type Option, readers } from './option.ts'
import { type OptionPath, type OptionValues, optionAt, optionPaths, options } from './options.ts'
import type { ConfigFile } from './read-config-file.ts'
import { isReference, resolveReference } from './secret-reference.ts'

/** Flags as parsed from the command line: `{ port: '8421', demo: true }`. */
export type Flags = Readonly<Partial<Record<string, string | boolean>>>

export interface Sources {
  readonly flags: Flags
  readonly env: Readonly<Record<string, string | undefined>>
  readonly file: ConfigFile | undefined
  readonly cwd: string
}

export interface Gathered {
  readonly values: OptionValues
  /** How the operator wrote each option that was given. */
  readonly written: ReadonlyMap<OptionPath, string>
  /** Secrets that stand in the file itself. */
  readonly bareSecrets: readonly OptionPath[]
  readonly problems: readonly Problem[]
}

interface Given {
  readonly written: string
  readonly raw: unknown
  readonly from: 'text' | 'file'
  readonly folder: string
}

type Read = { readonly value: unknown } | { readonly fault: string; readonly mend?: string }

/** Top-level names of a file that are no options. */
export const declaredNames = ['apis', 'clients', 'users', 'accounts', 'rootKeys', 'roles', 'statementIssuers', 'deliveryTargets'] as const

export function gather(sources: Sources): Gathered {
  const problems: Problem[] = []
  const values: Partial<Record<OptionPath, unknown>> = {}
  const written = new Map<OptionPath, string>()
  const bareSecrets: OptionPath[] = []
  if (sources.file !== undefined) problems.push(...unknownMembers(sources.file.content))
  for (const path of optionPaths) {
    const option = optionAt(path)
    const given = find(path, option, sources)
    if (given === undefined) {
      values[path] = option.kind === 'path' && option.default !== undefined ? resolve(sources.cwd, option.default) : option.default
      continue
    }
    written.set(path, given.written)
    if (option.kind === 'secret' && isGivenTwice(path, sources.env))
      problems.push({ option: environmentName(path), fault: `is set, and so is ${environmentName(path)}_FILE`, mend: 'Set one of the two.' })
    if (option.kind === 'secret' && given.from === 'file' && typeof given.raw === 'string') bareSecrets.push(path)
    const read = readValue(option, given, sources)
    if ('value' in read) values[path] = read.value
    else problems.push({ option: given.written, fault: read.fault, mend: read.mend ?? option.mend })
  }
  return { values: values as OptionValues, written, bareSecrets, problems }
}

function find(path: OptionPath, option: Option, { flags, env, file, cwd }: Sources): Given | undefined {
  const flag = option.flag === undefined ? undefined : flags[option.flag]
  if (flag !== undefined) return { written: `--${option.flag}`, raw: String(flag), from: 'text', folder: cwd }
  const name = environmentName(path)
  if (option.kind === 'secret' && env[`${name}_FILE`]) return { written: `${name}_FILE`, raw: { file: env[`${name}_FILE`] }, from: 'file', folder: cwd }
  if (env[name]) return { written: name, raw: env[name], from: 'text', folder: cwd }
  if (file === undefined) return undefined
  const found = memberAt(file.content, path.split('.'))
  if (found === undefined) return undefined
  return {
    written: file.path === undefined ? path : `${path} (${file.path})`,
    raw: found.value,
    from: 'file',
    folder: file.path === undefined ? cwd : dirname(file.path),
  }
}

function isGivenTwice(path: OptionPath, env: Sources['env']): boolean {
  const name = environmentName(path)
  return Boolean(env[name] && env[`${name}_FILE`])
}

/** The member at a path, also where it is there and `undefined`. */
function memberAt(content: unknown, [head = '', ...rest]: readonly string[]): { readonly value: unknown } | undefined {
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, head)) return undefined
  const value = (content as Readonly<Record<string, unknown>>)[head]
  return rest.length === 0 ? { value } : memberAt(value, rest)
}

function readValue(option: Option, given: Given, sources: Sources): Read {
  // An undefined from `process.env.X` must not quietly become the default.
  if (given.raw === undefined || given.raw === null) return { fault: `is ${given.raw}`, mend: 'Give it a value, or leave the member away to have the default.' }
  if (option.kind === 'secret' && given.from === 'file' && isReference(given.raw)) {
    const resolved = resolveReference(given.raw, { env: sources.env, folder: given.folder })
    return 'secret' in resolved ? checked(option, resolved.secret) : resolved
  }
  const reader = readers[option.kind]
  const value = given.from === 'text' ? reader.fromText(given.raw as string) : reader.fromFile(given.raw)
  if (value === undefined) return { fault: `is not ${reader.words}` }
  if (option.kind === 'path') return checked(option, resolve(given.folder, value as string))
  return checked(option, value)
}

function checked(option: Option, value: unknown): Read {
  if (option.kind === 'choice' && !option.choices?.includes(value as string))
    return { fault: `${JSON.stringify(value)} is unknown. ${suggestion(String(value), option.choices ?? [])}` }
  const fault = (option.check as ((value: unknown) => string | undefined) | undefined)?.(value as Secret)
  return fault === undefined ? { value } : { fault }
}

/** Members of the file that no option has: a slip of the pen must not leave a default in force. */
function unknownMembers(content: Readonly<Record<string, unknown>>): readonly Problem[] {
  return membersWithin(content, '', declaredNames)
}

function membersWithin(node: Readonly<Record<string, unknown>>, at: string, alsoKnown: readonly string[]): readonly Problem[] {
  const below = optionPaths.filter((path) => path.startsWith(at)).map((path) => path.slice(at.length))
  const known = [...new Set([...below.map((path) => path.split('.')[0] ?? path), ...alsoKnown])]
  return Object.entries(node).flatMap(([name, value]): readonly Problem[] => {
    if (!known.includes(name)) return [{ option: at + name, fault: 'is no option', mend: suggestion(name, known) }]
    if (alsoKnown.includes(name) || Object.hasOwn(options, at + name)) return []
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return membersWithin(value as Readonly<Record<string, unknown>>, `${at}${name}.`, [])
    return [{ option: at + name, fault: 'is not an object', mend: `Write ${name}: { … } with its own members in it.` }]
  })
}
