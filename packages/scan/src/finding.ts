/** What is told of a find. The secret itself is never in it, except one of ours, sealed, for whoever reports it. */
import { credentialFormats, digestOf, fingerprintOf, parseCredential, Secret } from '@latchwork/kernel'
import type { Match } from './detect.ts'
import type { Rule } from './rule.ts'
import { ownRule } from './rules/index.ts'

/** Where it was found. */
export interface Place {
  /** From the outermost file to the innermost: `['image.tar', 'blobs/sha256/…', 'app/.env']`. */
  readonly trail: readonly string[]
  /** Counted from one; not told of binary files. */
  readonly line?: number
  readonly column?: number
  /** In bytes; told of binary files. */
  readonly offset?: number
  /** Of git's history: the object, and the commit that brought it. */
  readonly blob?: string
  readonly commit?: Commit
  readonly layer?: Layer
}

export interface Commit {
  readonly id: string
  readonly author: string
  /** ISO 8601. */
  readonly date: string
}

export interface Layer {
  /** Counted from one, the lowest first. */
  readonly number: number
  readonly of: number
  /** A later layer takes the file away; whoever has the image has it still. */
  readonly deletedIn?: number
}

export interface Finding {
  readonly rule: string
  readonly vendor: string
  readonly name: string
  /** `warning`: of a test environment. */
  readonly level: 'error' | 'warning'
  readonly place: Place
  /** Its beginning and its end. */
  readonly redacted: string
  /** Of the secret, to tell it from others; empty for what may be guessed. Stands in no report. */
  readonly digest: string
  /** A credential of Latchwork's. */
  readonly own?: Own
}

export interface Own {
  readonly kind: string
  readonly environment?: string
  readonly brand?: string
  readonly secret: Secret
}

const kindNames: ReadonlyMap<string, string> = new Map(credentialFormats('lw').map(({ kind, name }) => [kind, name]))

export function findingOf({ rule, secret }: Match, place: Place): Finding {
  const own = rule.id === ownRule.id ? ownOf(secret) : undefined
  return {
    rule: rule.id,
    vendor: rule.vendor,
    name: own === undefined ? rule.name : [own.environment, kindNames.get(own.kind)].filter((word) => word !== undefined).join(' '),
    level: own?.environment === 'test' ? 'warning' : 'error',
    place,
    redacted: own === undefined ? redact(rule, secret) : fingerprintOf(secret),
    digest: rule.isGuessable ? '' : digestOf(secret),
    ...(own === undefined ? {} : { own }),
  }
}

function ownOf(text: string): Own | undefined {
  const parsed = parseCredential(text)
  if (parsed === undefined) return undefined
  const secret = new Secret(text)
  return parsed.type === 'api_key' ? { kind: parsed.kind, environment: parsed.environment, brand: parsed.brand, secret } : { kind: parsed.type, secret }
}

/** Nothing of what may be guessed; of the rest what tells it from another, at most a quarter. */
function redact(rule: Rule, secret: string): string {
  if (rule.isGuessable || secret.length < 16) return '…'
  const shown = Math.min(4, Math.floor(secret.length / 8))
  return `${secret.slice(0, shown)}…${secret.slice(-shown)}`
}

/** What a baseline knows a find by: the same for the same secret in the same file, wherever it moves there. */
export function fingerprintOfFinding({ rule, digest, place }: Finding): string {
  return digestOf([rule, place.trail.join('!'), digest].join('\0')).slice(0, 22)
}
