/** Initial access tokens (RFC 7591 §3): made by an operator, for one or more registrations, with an end. */
import { answeredBy, type CallName, digestOf, isVisibleName, mintToken, newId, onceOf, refuse, type Secret } from '@latchwork/kernel'
import type { Registrar } from '../clients/register-client.ts'
import type { OAuth } from '../oauth.ts'
import type { InitialToken } from '../store.ts'

const LONGEST_DAYS = 365

export interface InitialTokenRequest {
  readonly name: string
  /** Absent: one. `null`: as many as it likes. */
  readonly uses?: number | null | undefined
  /** Absent: a day. */
  readonly lifetimeSeconds?: number | undefined
  /** Whether the operator vouches for the clients that are registered with it. Absent: not. */
  readonly vouches?: boolean | undefined
}

/** At most once for a name that the caller gives the call; a repeated one has no secret to show. @throws Refusal `client_invalid`, `idempotency_key_reused`. */
export async function makeInitialToken(
  oauth: OAuth,
  request: InitialTokenRequest,
  registrar: Registrar,
  now: number,
  call?: CallName,
): Promise<{ readonly token: InitialToken; readonly secret?: Secret }> {
  const name = request.name.trim()
  const { uses = 1, lifetimeSeconds = 86_400, vouches = false } = request
  if (!isVisibleName(name)) return refuse('client_invalid', { detail: 'Give the token a name of 1 to 100 visible characters, and no credential.' })
  if (uses !== null && !(Number.isInteger(uses) && uses >= 1 && uses <= 1_000_000))
    return refuse('client_invalid', { detail: 'uses is 1 to 1000000, or null for as many as it likes.' })
  if (!(lifetimeSeconds >= 60 && lifetimeSeconds <= LONGEST_DAYS * 86_400))
    return refuse('client_invalid', { detail: `lifetimeSeconds is from a minute (60) to ${LONGEST_DAYS} days (${LONGEST_DAYS * 86_400}).` })
  const secret = mintToken('initial_access_token')
  const token: InitialToken = {
    id: newId('initial_token', now),
    name,
    fingerprint: secret.fingerprint,
    createdAt: now,
    expiresAt: now + lifetimeSeconds * 1000,
    ...(uses === null ? {} : { usesLeft: uses }),
    ...(vouches ? { vouches } : {}),
  }
  const journal = { events: [eventOf('initial_token.created', token.id, registrar, now)], revocations: [] }
  const made = answeredBy<InitialToken>(await oauth.store.createInitialToken(token, digestOf(secret.reveal()), journal, onceOf(registrar, call, now).once))
  return made.isRepeated ? { token: made.answer } : { token, secret }
}

/** @throws Refusal `not_found`. */
export async function revokeInitialToken(oauth: OAuth, id: string, registrar: Registrar, now: number): Promise<void> {
  const revoked = await oauth.store.revokeInitialToken(id, now, { events: [eventOf('initial_token.revoked', id, registrar, now)], revocations: [] })
  if (!revoked) refuse('not_found')
}

function eventOf(type: 'initial_token.created' | 'initial_token.revoked', id: string, { kind, id: actor, origin }: Registrar, now: number) {
  return { type, at: now, actor: { kind, id: actor }, ...origin, credentialId: id } as const
}
