/** One live look-up of a stored credential: `POST /v1/verify`. */
import {
  type CredentialRecord,
  type Environment,
  type FeedPosition,
  type Lifeline,
  type Mechanism,
  type Metadata,
  parseNetwork,
  parsePosition,
  positionText,
  refuse,
} from '@latchwork/kernel'
import type { PresentedCredential } from '../ports.ts'
import type { IssuerConnection } from './issuer-connection.ts'

export interface LookedUp {
  readonly record: CredentialRecord
  /** Up to where the node that answered had heard the feed. */
  readonly asOf: FeedPosition
}

/**
 * @param position up to where we have heard the feed: a node that is ahead of us on the same feed answers as of it.
 * @throws Refusal `store_unavailable` for every answer but one that says what is known: not to know is no reason to say yes, nor that the credential is wrong.
 */
export async function lookUp(connection: IssuerConnection, presented: PresentedCredential, position: FeedPosition | undefined): Promise<LookedUp | undefined> {
  const body = { credential: presented.text, ...(position === undefined ? {} : { heardUpTo: positionText(position) }) }
  const { status, json } = await connection.ask('POST', '/v1/verify', { authorized: true, body })
  if (status === 401 || status === 403) return refuse('store_unavailable', { reason: 'the issuer refused the root key: it needs the scope credentials:verify' })
  if (status !== 200 || !isObject(json)) return refuse('store_unavailable', { reason: `the issuer answered a look-up with ${status}` })
  if (json['known'] === false) return undefined
  const record = readRecord(json['record'])
  const asOf = typeof json['asOf'] === 'string' ? parsePosition(json['asOf']) : undefined
  if (json['known'] !== true || record === undefined || asOf === undefined)
    return refuse('store_unavailable', { reason: 'the issuer answered a look-up with something else' })
  return { record, asOf }
}

type Members = Readonly<Record<string, unknown>>
const mechanisms: readonly unknown[] = ['api_key', 'session', 'oauth', 'root_key'] satisfies Mechanism[]
const environments: readonly unknown[] = ['live', 'test'] satisfies Environment[]

/** The record, with the members we know and no others; `undefined` if one is missing or of the wrong type. */
function readRecord(value: unknown): CredentialRecord | undefined {
  if (!isObject(value) || !isObject(value['principal'])) return undefined
  const { alive, disabled, notBefore, livesBy, principal, networks, metered } = value
  const { mechanism, subject, environment, scopes, audience, credentialId, fingerprint, expiresAt, metadata } = principal as Members
  if (typeof alive !== 'boolean' || !isTexts(livesBy) || !(notBefore === undefined || isWhole(notBefore))) return undefined
  if (!mechanisms.includes(mechanism) || !environments.includes(environment) || !isTexts(scopes) || !isTexts(audience)) return undefined
  if (typeof subject !== 'string' || typeof credentialId !== 'string' || typeof fingerprint !== 'string') return undefined
  if (!(expiresAt === undefined || isWhole(expiresAt))) return undefined
  // Left out, a list of networks or a limit would not bind: what is there must be understood.
  if (!(networks === undefined || (isTexts(networks) && networks.every(isNetwork))) || !(metered === undefined || metered === true)) return undefined
  return {
    alive,
    ...(disabled === true ? { disabled } : {}),
    livesBy: livesBy as readonly Lifeline[],
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(networks === undefined ? {} : { networks }),
    ...(metered === undefined ? {} : { metered }),
    principal: {
      mechanism: mechanism as Mechanism,
      subject,
      environment: environment as Environment,
      scopes,
      audience,
      credentialId,
      fingerprint,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(isObject(metadata) ? { metadata: Object.freeze(metadata) as Metadata } : {}),
      ...readIds(principal as Members),
    },
  }
}

const idNames = ['userId', 'accountId', 'clientId', 'sessionId', 'grantId', 'externalId'] as const

function readIds(principal: Members): { readonly [name in (typeof idNames)[number]]?: string } {
  return Object.fromEntries(idNames.flatMap((name) => (typeof principal[name] === 'string' ? [[name, principal[name]]] : [])))
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isNetwork(text: string): boolean {
  try {
    return parseNetwork(text) === text
  } catch {
    return false
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
