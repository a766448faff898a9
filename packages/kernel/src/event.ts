/** What is written down about what happened (E1). An event names credentials by id and fingerprint and never holds one. */

export const eventTypes = {
  'user.created': 'A person was registered',
  'user.changed': 'Name, profile, role or password of a person was changed',
  'user.disabled': 'A person was disabled: everything of theirs ended',
  'user.enabled': 'A disabled person may sign in again',
  'user.signed_in': 'A person signed in',
  'operator.claimed': 'The first operator was made by the one-time link',
  'operator.link_made': 'A one-time link for the first operator was made',
  'session.refreshed': 'A session was refreshed',
  'session.ended': 'A session ended',
  'session.reuse_detected': 'An old refresh token of a session was presented again',
  'key.created': 'An API key was made',
  'key.revoked': 'An API key was revoked',
  'key.imported': 'An API key of another system was taken over by its digest',
  'key.changed': 'What an API key may do was changed',
  'key.disabled': 'An API key was stopped for a while',
  'key.enabled': 'An API key that was stopped works again',
  'key.rolled': 'An API key was rolled: another is in its place',
  'key.overlap_started': 'The successor of an API key was used for the first time, so the clock of the old one runs',
  'key.ended': 'An API key was given another end',
  'key.expiring': 'An API key is about to expire',
  'key.alert': 'Something about the use of an API key is unusual',
  'key.rotation_set': 'The automatic rotation of an API key, or of the keys of an account, was set',
  'key.rotation_removed': 'The automatic rotation of an API key, or of the keys of an account, was taken away',
  'key.rotated': 'An API key was rotated by itself: its successor is delivered',
  'key.rotation_failed': 'An automatic rotation did not come to its end; it is tried again',
  'key.leaked': 'A credential of ours was reported as known to others',
  'root_key.created': 'A root key was made',
  'root_key.revoked': 'A root key was revoked',
  'account.created': 'An account was made',
  'account.changed': 'An account was given another name',
  'account.disabled': 'An account was disabled: its keys and applications stopped, and people whose own it is cannot sign in',
  'account.enabled': 'A disabled account works again',
  'member.added': 'A person was made a member of an account',
  'member.removed': 'A person is no longer a member of an account',
  'client.created': 'A client was registered',
  'client.changed': 'The settings of a client were changed',
  'client.disabled': 'A client was disabled',
  'client.secret_rolled': 'A client was given a new secret',
  'client.expired': 'A registration that nobody used was removed',
  'initial_token.created': 'An initial access token for registrations was made',
  'initial_token.revoked': 'An initial access token for registrations was revoked',
  'consent.given': 'A person allowed a client to act',
  'consent.denied': 'A person refused a client',
  'consent.ended': 'A person took a consent back',
  'device.requested': 'A device asked for a code that a person enters elsewhere',
  'device.opened': 'A person entered the code of a device',
  'device.allowed': 'A person allowed a device to act',
  'logout.delivered': 'An application was told that a login session ended',
  'logout.given_up': 'An application could not be told that a login session ended',
  'grant.ended': 'A grant ended, and every token under it',
  'code.issued': 'An authorization code was issued',
  'code.replayed': 'An authorization code was presented a second time',
  'token.issued': 'Tokens were issued',
  'token.refreshed': 'A grant was refreshed',
  'token.revoked': 'A token was revoked',
  'token.reuse_detected': 'An old refresh token was presented again',
  'signing_key.created': 'A signing key was made',
  'signing_key.promoted': 'A signing key took over: tokens are signed with it',
  'signing_key.retired': 'A signing key signs no more, and its private half was erased',
  'signing_key.withdrawn': 'A retired signing key is no longer published',
  'signing_key.revoked': 'A signing key was revoked: what it signed is refused',
  'configuration.narrowed': 'The configuration no longer defines scopes or APIs: in tokens that are out they ended',
  'events.removed': 'Events that are older than is kept were removed from the log',
  'events.break_accepted': 'Somebody accepted that a part of the event log is not as it was sealed',
  'request.refused': 'A request was refused',
} as const

export type EventType = keyof typeof eventTypes

export type ActorKind = 'user' | 'root_key' | 'key' | 'client' | 'system' | 'anonymous'

/** Where a request came from, as far as we know for certain (design, decision 6). */
export interface Origin {
  readonly address?: string
  readonly userAgent?: string
}

export interface NewEvent extends Origin {
  readonly type: EventType
  /** Epoch milliseconds. */
  readonly at: number
  readonly actor: { readonly kind: ActorKind; readonly id?: string }
  readonly accountId?: string
  readonly userId?: string
  readonly clientId?: string
  readonly sessionId?: string
  readonly grantId?: string
  readonly credentialId?: string
  readonly fingerprint?: string
  /** A refusal's code, an end's reason. */
  readonly reason?: string
  readonly data?: Readonly<Record<string, string | number | boolean>>
}

export interface StoredEvent extends NewEvent {
  readonly id: string
}
