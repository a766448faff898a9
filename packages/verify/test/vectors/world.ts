/** What every vector is judged against: the moment, the issuer, its keys, the records it has, and what it has revoked. */
import type { CredentialRecord, Environment, FeedEntry } from '@latchwork/kernel'
import { ACTS_FOR_ITSELF, base62OfBytes, checksumOf, fingerprintOf, lifelineOfClientRight, lifelineOfRight, lifelineOfScope } from '@latchwork/kernel'

export const now = 1_790_000_000_000
export const nowSeconds = now / 1000
export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'
export const leewaySeconds = 5

/** A well-formed credential whose secret is one byte, 32 times: of no use to anybody. */
export function credentialOf(prefix: string, byte: number): string {
  const text = prefix + base62OfBytes(Buffer.alloc(32, byte), 43)
  return text + checksumOf(text)
}

export const texts = {
  live: credentialOf('sk_live_lw_', 1),
  test: credentialOf('sk_test_lw_', 2),
  revoked: credentialOf('sk_live_lw_', 3),
  expired: credentialOf('rk_live_lw_', 4),
  early: credentialOf('rk_live_lw_', 5),
  restricted: credentialOf('rk_live_lw_', 6),
  wildcard: credentialOf('pat_live_lw_', 7),
  publishable: credentialOf('pk_live_lw_', 8),
  accessToken: credentialOf('lw_at_', 9),
  foreignAccessToken: credentialOf('lw_at_', 10),
  rootKey: credentialOf('lw_root_', 11),
  accountEnded: credentialOf('sk_live_lw_', 12),
  bound: credentialOf('rk_live_lw_', 13),
}

interface KeyTraits {
  readonly environment?: Environment
  readonly scopes?: readonly string[]
  readonly alive?: boolean
  readonly notBefore?: number
  readonly expiresAt?: number
  readonly accountId?: string
  readonly networks?: readonly string[]
}

function keyRecord(text: string, id: string, traits: KeyTraits = {}): StoredRecord {
  const { environment = 'live', scopes = ['notes:read', 'notes:write'], alive = true, notBefore, expiresAt, accountId = 'acc_1', networks } = traits
  const record: CredentialRecord = {
    alive,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(networks === undefined ? {} : { networks }),
    livesBy: [`key:${id}`, `account:${accountId}`],
    principal: {
      mechanism: 'api_key',
      subject: id,
      accountId,
      environment,
      scopes,
      audience: [],
      credentialId: id,
      fingerprint: fingerprintOf(text),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  }
  return { credential: text, asOf: 0, record }
}

function accessTokenRecord(text: string, id: string, expectedAudience: string): StoredRecord {
  return {
    credential: text,
    asOf: 0,
    record: {
      alive: true,
      livesBy: [`token:${id}`, 'grant:grt_9', 'consent:con_9', 'user:usr_9', 'client:cli_9'],
      principal: {
        mechanism: 'oauth',
        subject: 'usr_9',
        userId: 'usr_9',
        clientId: 'cli_9',
        environment: 'live',
        scopes: ['notes:read'],
        audience: [expectedAudience],
        credentialId: id,
        fingerprint: fingerprintOf(text),
        expiresAt: now + 600_000,
        grantId: 'grt_9',
      },
    },
  }
}

export interface StoredRecord {
  readonly credential: string
  readonly asOf: number
  readonly record: CredentialRecord
}

export const records: readonly StoredRecord[] = [
  keyRecord(texts.live, 'key_1'),
  keyRecord(texts.test, 'key_2', { environment: 'test' }),
  keyRecord(texts.revoked, 'key_3', { alive: false }),
  keyRecord(texts.expired, 'key_4', { expiresAt: now }),
  keyRecord(texts.early, 'key_5', { notBefore: now + 1 }),
  keyRecord(texts.restricted, 'key_6', { scopes: ['notes:read'] }),
  keyRecord(texts.wildcard, 'key_7', { scopes: ['notes:*'] }),
  keyRecord(texts.publishable, 'key_8', { scopes: ['notes:read'] }),
  accessTokenRecord(texts.accessToken, 'tok_9', audience),
  accessTokenRecord(texts.foreignAccessToken, 'tok_10', 'https://other.example.com'),
  {
    credential: texts.rootKey,
    asOf: 0,
    record: {
      alive: true,
      livesBy: ['root_key:root_11'],
      principal: {
        mechanism: 'root_key',
        subject: 'root_11',
        environment: 'live',
        scopes: ['keys:write'],
        audience: [],
        credentialId: 'root_11',
        fingerprint: fingerprintOf(texts.rootKey),
      },
    },
  },
  keyRecord(texts.accountEnded, 'key_12', { accountId: 'acc_ended' }),
  keyRecord(texts.bound, 'key_13', { networks: ['192.0.2.0/24', '2001:db8::/32'] }),
]

const lifelines = [
  'token:tok_ended',
  'session:ses_ended',
  'grant:grt_ended',
  'user:usr_ended',
  'account:acc_ended',
  'consent:con_ended',
  'client:cli_ended',
  lifelineOfScope('grt_narrowed', 'notes:write'),
  lifelineOfClientRight('cli_narrowed', 'notes:write'),
  lifelineOfClientRight('cli_narrowed', 'https://taken.example.com'),
  lifelineOfClientRight('cli_narrowed', ACTS_FOR_ITSELF),
  lifelineOfRight('notes:removed'),
] as const

/** What the feed has said: newer than the records, all of which were read as of feed id 0. */
export const revocations: readonly FeedEntry[] = lifelines.map((lifeline, index) => ({ feedId: index + 1, lifeline, at: now - 1000, until: now + 600_000 }))

export interface Refused {
  readonly refusal: string
  readonly status: number
}

export const malformed: Refused = { refusal: 'credential_malformed', status: 401 }
export const invalid: Refused = { refusal: 'credential_invalid', status: 401 }
export const expired: Refused = { refusal: 'credential_expired', status: 401 }
export const early: Refused = { refusal: 'credential_not_yet_valid', status: 401 }
export const missing: Refused = { refusal: 'credential_missing', status: 401 }
export const ambiguous: Refused = { refusal: 'credential_ambiguous', status: 400 }
export const inQuery: Refused = { refusal: 'credential_in_query', status: 400 }
export const insecure: Refused = { refusal: 'transport_insecure', status: 400 }
export const wrongEnvironment: Refused = { refusal: 'credential_wrong_environment', status: 403 }
export const wrongAddress: Refused = { refusal: 'credential_wrong_address', status: 403 }
export const scopeMissing: Refused = { refusal: 'scope_insufficient', status: 403 }

export function principalOf(text: string): { readonly principal: CredentialRecord['principal'] } {
  const stored = records.find(({ credential }) => credential === text)
  if (stored === undefined) throw new Error('no such record')
  return { principal: stored.record.principal }
}
