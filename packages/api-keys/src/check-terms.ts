/** What a key may carry: name, scopes, roles, networks, limits, credits, times. Each check refuses in words for the person who asked. */
import {
  covers,
  type Environment,
  faultOfMetadata,
  holdsCredential,
  isVisibleName,
  type KeyKind,
  keyKinds,
  type Metadata,
  parseNetwork,
  parseScopes,
  refuse,
} from '@latchwork/kernel'
import { faultOfLimits } from '@latchwork/limits'
import type { KeyPolicy, Maker } from './api-keys.ts'
import type { Credits, KeyTerms, NamedLimit } from './store.ts'

const MAX_NETWORKS = 64
const MAX_LIMITS = 8
const MAX_ROLES = 16
const GREATEST_COUNT = 1_000_000_000
const LONGEST_PERIOD_SECONDS = 366 * 24 * 3600
const LIMIT_NAME = /^[a-z][a-z0-9_-]{0,31}$/

export interface AskedTerms {
  readonly name: string
  readonly scopes: readonly string[]
  readonly roles?: readonly string[]
  readonly networks?: readonly string[]
  readonly limits?: readonly NamedLimit[]
  readonly credits?: Omit<Credits, 'refilledAt'>
  readonly externalId?: string
  readonly metadata?: Metadata
}

/** @throws Refusal `key_invalid`, `scope_invalid`, `scope_exceeds_maker`, `scope_not_publishable`, `network_invalid`. */
export function checkTerms(policy: KeyPolicy, kind: KeyKind, asked: AskedTerms, maker: Maker, now: number): KeyTerms {
  const { credits, externalId, metadata } = asked
  const roles = checkRoles(policy, asked.roles ?? [])
  const scopes = parseScopes(asked.scopes.join(' '))
  if (scopes.some(holdsCredential))
    return refuse('scope_invalid', { detail: 'A credential stands where a scope belongs. Replace it: it may have been written down on its way.' })
  checkReach(policy, kind, [...scopes, ...scopesOfRoles(policy, roles)], maker)
  return {
    name: checkName(kind, asked.name),
    scopes,
    roles,
    networks: checkNetworks(asked.networks ?? []),
    limits: checkLimits(asked.limits ?? []),
    ...(credits === undefined ? {} : { credits: checkCredits(credits, now) }),
    ...(externalId === undefined ? {} : { externalId: checkExternalId(externalId) }),
    ...(metadata === undefined ? {} : { metadata: checkMetadata(metadata) }),
  }
}

export function checkName(kind: KeyKind, text: string): string {
  const name = text.trim()
  return isVisibleName(name) ? name : refuse('key_invalid', { detail: `Give the ${keyKinds[kind]} a name of 1 to 100 visible characters, and no credential.` })
}

function checkExternalId(text: string): string {
  if (isVisibleName(text) && text === text.trim()) return text
  return refuse('key_invalid', { detail: 'externalId has 1 to 100 visible characters, no space around them, and is no credential.' })
}

function checkMetadata(metadata: Metadata): Metadata {
  const fault = faultOfMetadata(metadata)
  return fault === undefined ? metadata : refuse('key_invalid', { detail: fault })
}

export function checkRoles({ roles }: KeyPolicy, names: readonly string[]): readonly string[] {
  const unknown = names.filter((name) => !roles.has(name))
  if (unknown.length > 0) {
    const known = [...roles.keys()].join(', ')
    return refuse('key_invalid', {
      detail: `The configuration defines no role ${unknown.join(', ')}${known === '' ? ', and none at all.' : `; there are ${known}.`}`,
    })
  }
  if (names.length > MAX_ROLES) return refuse('key_invalid', { detail: `A key carries up to ${MAX_ROLES} roles.` })
  return [...new Set(names)]
}

export function scopesOfRoles({ roles }: KeyPolicy, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => roles.get(name) ?? [])
}

/** What its maker has (K7), what is publishable, what a person has (K18): nothing beyond. */
export function checkReach(policy: KeyPolicy, kind: KeyKind, scopes: readonly string[], maker: Maker): void {
  checkCeiling(scopes, maker)
  const bounds = boundsOf(policy, kind)
  const outside = bounds === undefined ? [] : scopes.filter((scope) => !covers(bounds, scope))
  if (outside.length === 0) return
  if (kind === 'pk')
    refuse('scope_not_publishable', { detail: `${outside.join(', ')} is not marked publishable by its API, so a publishable key cannot carry it.` })
  refuse('scope_exceeds_maker', { detail: `A person does not have ${outside.join(', ')} here, so a token that stands for one cannot carry it.` })
}

/** @throws Refusal `scope_exceeds_maker`. */
export function checkCeiling(scopes: readonly string[], { ceiling }: Maker): void {
  const beyond = ceiling === 'unlimited' ? [] : scopes.filter((scope) => !covers(ceiling, scope))
  if (beyond.length > 0) refuse('scope_exceeds_maker', { detail: `You do not have ${beyond.join(', ')}, so a key of yours cannot carry it.` })
}

/** What a key of this kind can do at most, whatever it carries; `undefined`: no bound. Judged again at every look-up. */
export function boundsOf(policy: KeyPolicy, kind: KeyKind): readonly string[] | undefined {
  if (kind === 'pk') return policy.publishableScopes
  return kind === 'pat' ? policy.personScopes : undefined
}

export function checkNetworks(networks: readonly string[]): readonly string[] {
  if (networks.length > MAX_NETWORKS) return refuse('key_invalid', { detail: `A key has up to ${MAX_NETWORKS} networks.` })
  return [...new Set(networks.map(parseNetwork))]
}

/** @throws Refusal `key_networks_required` where policy demands an allow-list, and this is none (K8). */
export function needNetworks(policy: KeyPolicy, environment: Environment, networks: readonly string[], keyId?: string): void {
  if (!policy.requireNetworks.includes(environment)) return
  const all = networks.find((network) => network.endsWith('/0'))
  if (networks.length > 0 && all === undefined) return
  const key = keyId === undefined ? `Keys of the ${environment} environment` : `Keys of the ${environment} environment, ${keyId} among them,`
  const detail =
    all === undefined ? `${key} must have networks that they work from, such as 192.0.2.0/24.` : `${all} is everywhere: ${key} must name where they work from.`
  refuse('key_networks_required', { detail, ...(keyId === undefined ? {} : { about: { credentialId: keyId } }) })
}

export function checkLimits(limits: readonly NamedLimit[]): readonly NamedLimit[] {
  if (limits.length > MAX_LIMITS) return refuse('key_invalid', { detail: `A key has up to ${MAX_LIMITS} limits.` })
  if (new Set(limits.map(({ name }) => name)).size < limits.length) return refuse('key_invalid', { detail: 'Two limits have the same name.' })
  for (const { name, count, periodSeconds, burst } of limits) {
    if (!LIMIT_NAME.test(name)) return refuse('key_invalid', { detail: 'The name of a limit is 1 to 32 of a-z, 0-9, _ and -, and begins with a letter.' })
    if (!isWhole(count, 1, GREATEST_COUNT) || !isWhole(periodSeconds, 1, LONGEST_PERIOD_SECONDS)) {
      return refuse('key_invalid', { detail: `The limit ${name} needs a count of at least 1 and a periodSeconds of 1 second to 366 days.` })
    }
    if (burst !== undefined && !isWhole(burst, 1, count)) return refuse('key_invalid', { detail: `The burst of the limit ${name} is between 1 and its count.` })
  }
  const fault = faultOfLimits(limits) // what cannot be counted must not be written: it would fail at every use
  return fault === undefined ? limits : refuse('key_invalid', { detail: fault })
}

/** Refills are counted from now. */
export function checkCredits({ remaining, refill }: Omit<Credits, 'refilledAt'>, now: number): Credits {
  if (!isWhole(remaining, 0, GREATEST_COUNT)) return refuse('key_invalid', { detail: `credits.remaining is between 0 and ${GREATEST_COUNT}.` })
  if (refill === undefined) return { remaining }
  const { amount, everySeconds, max } = refill
  if (!isWhole(amount, 1, GREATEST_COUNT) || !isWhole(max, 1, GREATEST_COUNT) || !isWhole(everySeconds, 1, LONGEST_PERIOD_SECONDS)) {
    return refuse('key_invalid', { detail: 'credits.refill needs amount and max of at least 1, and everySeconds of 1 second to 366 days.' })
  }
  return { remaining, refill, refilledAt: now }
}

function isWhole(value: number, least: number, greatest: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= greatest
}

export interface KeyTimes {
  readonly notBefore?: number
  readonly expiresAt?: number
  readonly lifetimeMs?: number
}

/** The last second that RFC 3339 has a form for. */
export const LATEST_END = Date.UTC(9999, 11, 31, 23, 59, 59)

/** Not-before and expiry, as policy asks (K5). @throws Refusal `key_invalid`, `key_expiry_required`. */
export function checkTimes(policy: KeyPolicy, environment: Environment, times: Omit<KeyTimes, 'lifetimeMs'>, now: number): KeyTimes {
  const { notBefore, expiresAt } = times
  const begin = Math.max(now, notBefore ?? 0)
  if (expiresAt !== undefined && expiresAt <= begin) return refuse('key_invalid', { detail: 'expiresAt must lie in the future, and after notBefore.' })
  if (begin > LATEST_END + 999 || (expiresAt ?? 0) > LATEST_END + 999)
    return refuse('key_invalid', { detail: 'notBefore and expiresAt lie before the year 10000.' })
  const longest = policy.maxLifetimeMs[environment]
  if (expiresAt === undefined && (policy.requireExpiry.includes(environment) || longest !== undefined)) {
    return refuse('key_expiry_required', {
      detail: `Keys of the ${environment} environment must have expiresAt${longest === undefined ? '' : `, ${inDays(longest)} ahead at most`}.`,
    })
  }
  if (expiresAt !== undefined && longest !== undefined && expiresAt - begin > longest) {
    return refuse('key_invalid', { detail: `expiresAt is at most ${inDays(longest)} ahead in the ${environment} environment.` })
  }
  return { ...times, ...(expiresAt === undefined ? {} : { lifetimeMs: expiresAt - now }) }
}

function inDays(milliseconds: number): string {
  const days = milliseconds / 86_400_000
  return `${days} ${days === 1 ? 'day' : 'days'}`
}
