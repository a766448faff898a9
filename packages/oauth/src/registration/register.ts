/** Dynamic registration (RFC 7591 §3): who may → what is asked, a statement overruling it → the client, its secret and the token for its registration, in one act. */
import { digestOf, mintToken, type Origin, parseToken, refuse } from '@latchwork/kernel'
import { registerClient } from '../clients/register-client.ts'
import type { OAuth } from '../oauth.ts'
import type { InitialToken } from '../store.ts'
import { type Metadata, readMetadata } from './read-metadata.ts'
import { readStatement } from './software-statement.ts'
import { writeMetadata } from './write-metadata.ts'

export interface RegistrationCall {
  readonly metadata: Metadata
  /** The bearer token of the `Authorization` header, if there is one. */
  readonly bearer?: string | undefined
  readonly origin: Origin
  readonly now: number
}

/** Before anything is read of what the client says. @throws Refusal `registration_closed`, `credential_missing`, `credential_invalid`, `credential_expired`. */
export async function admitRegistration(oauth: OAuth, bearer: string | undefined, now: number): Promise<InitialToken | undefined> {
  const { mode } = oauth.registration
  if (mode === 'closed') return refuse('registration_closed')
  if (bearer === undefined)
    return mode === 'open' ? undefined : refuse('credential_missing', { detail: 'Registration needs an initial access token here (RFC 7591 §3).' })
  if (parseToken('initial_access_token', bearer) === undefined) return refuse('credential_invalid', { reason: 'no initial access token' })
  const token = await oauth.store.findInitialToken(digestOf(bearer))
  if (token === undefined || token.revokedAt !== undefined || token.usesLeft === 0)
    return refuse('credential_invalid', { reason: 'initial access token unknown, revoked or used up' })
  if (now >= token.expiresAt) return refuse('credential_expired')
  return token
}

/** @param admitted by `admitRegistration`. @param takeLimit refuses who registers too often. @returns the answer as it goes over the wire. @throws Refusal `statement_…`, `client_invalid`, `redirect_uri_invalid`, `credential_invalid`. */
export async function registerDynamically(
  oauth: OAuth,
  call: RegistrationCall,
  admitted: InitialToken | undefined,
  takeLimit: () => Promise<void> = async () => {},
): Promise<Readonly<Record<string, unknown>>> {
  const { origin, now } = call
  const statement = await readStatement(oauth, call.metadata['software_statement'] ?? undefined, now)
  const asked = readMetadata(oauth, call.metadata, statement, admitted !== undefined || statement !== undefined)
  const request = admitted?.vouches === true ? { ...asked, settings: { ...asked.settings, isAssured: true } } : asked
  await takeLimit() // after every check that could refuse for free
  const registrationToken = mintToken('registration_token')
  const registered = await registerClient(oauth, request, { kind: 'anonymous', id: 'anonymous', origin }, now, {
    registrationDigest: digestOf(registrationToken.reveal()),
    ...(admitted === undefined ? {} : { initialTokenId: admitted.id }),
  })
  return writeMetadata(oauth, { ...registered, registrationToken: registrationToken.reveal() })
}
