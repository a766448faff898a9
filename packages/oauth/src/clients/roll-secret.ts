/** Rolls a client's secret (O13): a new one, while the one before lives on for an overlap. At most two are alive. */
import { type CallName, digestOf, mintToken, onceOf, refuse, type Secret } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { clientEvent, type Registrar } from './register-client.ts'

const LONGEST_OVERLAP_SECONDS = 7 * 86_400
const USUAL_OVERLAP_SECONDS = 86_400

export interface SecretRollRequest {
  /** 0 to 7 days; a day where it is absent. */
  readonly overlapSeconds?: number | undefined
  /** A secret that is in its overlap already ends now. */
  readonly endsOlder?: boolean | undefined
}

export interface RolledSecret {
  readonly clientId: string
  /** Absent where the call was made before: it was shown then. */
  readonly secret?: Secret
  readonly formerEndsAt: number
}

/** @throws Refusal `not_found` (or disabled, or not the caller's); `client_invalid` (overlap; a client without secret); `client_secrets_taken`; `idempotency_key_reused`. */
export async function rollClientSecret(
  oauth: OAuth,
  clientId: string,
  request: SecretRollRequest,
  registrar: Registrar,
  now: number,
  { call, mayChange = () => true }: { readonly call?: CallName | undefined; readonly mayChange?: (client: Client) => boolean } = {},
): Promise<RolledSecret> {
  const { overlapSeconds = USUAL_OVERLAP_SECONDS, endsOlder = false } = request
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > LONGEST_OVERLAP_SECONDS)
    return refuse('client_invalid', { detail: `The overlap is between 0 seconds and 7 days (${LONGEST_OVERLAP_SECONDS}).` })
  const found = await oauth.store.findClient(clientId)
  if (found === undefined || found.client.disabledAt !== undefined || !mayChange(found.client)) return refuse('not_found')
  if (found.secrets.length === 0)
    return refuse('client_invalid', { detail: `The client authenticates by ${found.client.authenticationMethod} and has no secret.` })
  const secret = mintToken('client_secret')
  const formerEndsAt = now + overlapSeconds * 1000
  const event = { ...clientEvent('client.secret_rolled', found.client, registrar, now), fingerprint: secret.fingerprint, data: { overlapSeconds } }
  const rolled = await oauth.store.rollClientSecret(
    { clientId, digest: digestOf(secret.reveal()), formerEndsAt, endsOlder, now },
    { events: [event], revocations: [{ lifeline: `client_secrets:${clientId}`, at: now, until: now }] },
    onceOf(registrar, call, now).once,
  )
  if (rolled === 'rolled') return { clientId, secret, formerEndsAt }
  if (rolled === 'taken') return refuse('client_secrets_taken', { about: { clientId } })
  if (rolled === 'gone') return refuse('not_found')
  if (rolled === 'other_request') return refuse('idempotency_key_reused')
  return { clientId, formerEndsAt }
}
