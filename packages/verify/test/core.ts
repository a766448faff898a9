/** An authenticator with ports of this process: records and keys in maps, a clock moved by hand, a feed that can be cut. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { type CredentialRecord, digestOf, type FeedEntry, fingerprintOf, type Lifeline, mintKey, mintToken, Refusal, type RefusalCode } from '@latchwork/kernel'
import {
  type AuthenticatorOptions,
  type AuthenticatorPorts,
  createAuthenticator,
  type FoundCredential,
  type IncomingRequest,
  readKey,
  type VerificationKey,
} from '@latchwork/verify'

export const issuer = 'https://auth.example.com'
export const audience = 'https://api.example.com'

export interface Core extends ReturnType<typeof createAuthenticator> {
  /** `time` passes, `ahead` is how far the clock was set. */
  readonly clock: { now: () => number; time: number; ahead: number }
  readonly records: Map<string, FoundCredential>
  readonly keys: Map<string, VerificationKey>
  readonly feed: { isWhole: boolean; freshAt: number; head: number }
  /** Number of look-ups so far. */
  readonly reads: () => number
  /** Adds an API key and gives its text. */
  readonly addKey: (id: string, changes?: Partial<CredentialRecord['principal']>, record?: Partial<CredentialRecord>) => string
  /** Ends something, in the store and in the feed. */
  readonly end: (lifeline: Lifeline) => FeedEntry
}

export function startCore(options: Partial<AuthenticatorOptions> = {}, ports: Partial<AuthenticatorPorts> = {}): Core {
  const clock = { time: 1_790_000_000_000, ahead: 0, now: () => clock.time + clock.ahead }
  const records = new Map<string, FoundCredential>()
  const keys = new Map<string, VerificationKey>()
  const feed = { isWhole: true, freshAt: 0, head: 0 }
  let reads = 0
  const authenticator = createAuthenticator(
    {
      clock,
      steady: () => clock.time,
      freshAt: (now) => (feed.isWhole ? now : feed.freshAt),
      findKey: (kid) => keys.get(kid),
      findCredential: async (_, digest) => {
        reads++
        return records.get(digest)
      },
      ...ports,
    },
    { issuer, audience, environment: 'live', ...options },
  )
  return {
    ...authenticator,
    clock,
    records,
    keys,
    feed,
    reads: () => reads,
    addKey: (id, changes = {}, record = {}) => {
      const text = mintKey('sk', 'live', 'lw').reveal()
      records.set(digestOf(text), { asOf: feed.head, record: keyRecord(text, id, changes, record) })
      return text
    },
    end: (lifeline) => {
      const entry = { feedId: ++feed.head, lifeline, at: clock.time, until: clock.time }
      for (const [digest, found] of records) {
        const ended = found.record.livesBy.includes(lifeline)
        records.set(digest, { asOf: feed.head, record: ended ? { ...found.record, alive: false } : found.record })
      }
      authenticator.applyRevocations([entry])
      return entry
    },
  }
}

export function keyRecord(
  text: string,
  id: string,
  changes: Partial<CredentialRecord['principal']> = {},
  record: Partial<CredentialRecord> = {},
): CredentialRecord {
  return {
    alive: true,
    livesBy: [`key:${id}`, 'account:acc_1'],
    principal: {
      mechanism: 'api_key',
      subject: id,
      accountId: 'acc_1',
      environment: 'live',
      scopes: ['notes:read'],
      audience: [],
      credentialId: id,
      fingerprint: fingerprintOf(text),
      ...changes,
    },
    ...record,
  }
}

export function bearing(text: string, changes: Partial<IncomingRequest> = {}): IncomingRequest {
  return { method: 'GET', url: '/notes', headers: { authorization: `Bearer ${text}` }, secure: true, loopback: false, ...changes }
}

export async function refused(promise: Promise<unknown>, code: RefusalCode, reason?: RegExp): Promise<Refusal> {
  const error = await promise.then(
    (value) => assert.fail(`not refused, but: ${JSON.stringify(value)}`),
    (refusal: unknown) => refusal,
  )
  assert.ok(error instanceof Refusal, `no refusal: ${(error as Error).stack}`)
  assert.equal(error.code, code, error.reason)
  if (reason !== undefined) assert.match(error.reason ?? '', reason)
  return error
}

export interface Signer {
  readonly key: VerificationKey
  readonly jwk: Readonly<Record<string, string>>
  readonly token: (claims?: Readonly<Record<string, unknown>>) => string
}

/** A signing key of the issuer, and session tokens signed with it. */
export function startSigner(kid: string, now: number, type: 'ES256' | 'Ed25519' = 'Ed25519'): Signer {
  const { publicKey, privateKey } = type === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const jwk = { ...(publicKey.export({ format: 'jwk' }) as Record<string, string>), kid, alg: type, use: 'sig' }
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(now / 1000)
  const header = base64url({ alg: type, typ: 'session+jwt', kid })
  return {
    key: readKey(jwk) ?? assert.fail('not a key'),
    jwk,
    token: (claims = {}) => {
      const all = { iss: issuer, sub: 'usr_1', aud: audience, iat: seconds, exp: seconds + 600, jti: 'tok_1', sid: 'ses_1', grant_id: 'grt_1', ...claims }
      const signed = `${header}.${base64url(all)}`
      return `${signed}.${sign(type === 'ES256' ? 'sha256' : null, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    },
  }
}

/** Any well-formed token of a kind. */
export function anyToken(kind: Parameters<typeof mintToken>[0]): string {
  return mintToken(kind).reveal()
}
