/** The mechanisms and their variants, side by side: each fact once, shown in the terminal, on the page and in the docs (A2). */
import type { Family } from './outcome.ts'

export interface Variant {
  readonly id: string
  readonly family: Family
  readonly name: string
}

export const variants = [
  { id: 'secret', family: 'api-key', name: 'Secret key' },
  { id: 'restricted', family: 'api-key', name: 'Restricted key' },
  { id: 'publishable', family: 'api-key', name: 'Publishable key' },
  { id: 'personal', family: 'api-key', name: 'Personal access token' },
  { id: 'session', family: 'session', name: 'Session (JWT)' },
  { id: 'opaque', family: 'oauth', name: 'OAuth, opaque token' },
  { id: 'signed', family: 'oauth', name: 'OAuth, JWT access token' },
  { id: 'machine', family: 'oauth', name: 'OAuth client credentials' },
] as const satisfies readonly Variant[]

export type VariantId = (typeof variants)[number]['id']

export interface ComparisonRow {
  readonly id: string
  readonly title: string
  readonly cells: Readonly<Record<VariantId, string>>
}

/** What holds for a whole family, or is not offered; said under the table. */
export const comparisonNotes: readonly string[] = [
  'Every credential here is a bearer credential: whoever holds it can use it. Tokens bound to a key of the caller (DPoP, RFC 9449; mutual TLS, RFC 8705) are not offered yet.',
  'A client that must not show a secret proves itself with private_key_jwt; the token it gets is a bearer token all the same.',
]

export const comparison: readonly ComparisonRow[] = [
  {
    id: 'format',
    title: 'Format',
    cells: {
      secret: 'sk_live_lw_…, 256 random bits and a checksum',
      restricted: 'rk_live_lw_…, the same form',
      publishable: 'pk_live_lw_…, the same form',
      personal: 'pat_live_lw_…, the same form',
      session: 'JWT (typ session+jwt), ES256',
      opaque: 'lw_at_…, 256 random bits and a checksum',
      signed: 'JWT (typ at+jwt, RFC 9068), ES256',
      machine: 'opaque, or a JWT where the API says so',
    },
  },
  {
    id: 'state',
    title: 'State at the server',
    cells: {
      secret: 'a digest',
      restricted: 'a digest',
      publishable: 'a digest',
      personal: 'a digest',
      session: 'none of the JWT; a digest of the refresh token',
      opaque: 'digests of access and refresh token',
      signed: 'none of the JWT; a digest of the refresh token',
      machine: 'a digest, or none of the JWT',
    },
  },
  {
    id: 'lifetime',
    title: 'Lifetime',
    cells: {
      secret: 'until revoked, or the expiry it is given',
      restricted: 'until revoked, or the expiry it is given',
      publishable: 'until revoked, or the expiry it is given',
      personal: 'until revoked, or the expiry it is given',
      session: 'ten minutes; refresh for 30 days without use',
      opaque: 'an hour; refresh for 30 days without use',
      signed: 'an hour; refresh for 30 days without use',
      machine: 'an hour',
    },
  },
  {
    id: 'revocation',
    title: 'Revocation',
    cells: {
      secret: 'at once',
      restricted: 'at once',
      publishable: 'at once',
      personal: 'at once; with the membership too',
      session: 'at once where the revocation stream is heard; else when it expires',
      opaque: 'at once, with its grant, consent or client',
      signed: 'at once where the revocation stream is heard; else when it expires',
      machine: 'as the token; and with the client',
    },
  },
  {
    id: 'identity',
    title: 'Says who the person is',
    cells: {
      secret: 'no, an account',
      restricted: 'no, an account',
      publishable: 'no, an account',
      personal: 'yes',
      session: 'yes',
      opaque: 'yes; to the client, in the ID token',
      signed: 'yes; to the client, in the ID token',
      machine: 'no, a client',
    },
  },
  {
    id: 'consent',
    title: 'Somebody consents',
    cells: {
      secret: 'no',
      restricted: 'no; one born of a consent lives by it',
      publishable: 'no',
      personal: 'no, the person makes it',
      session: 'no, it is your own front end',
      opaque: 'yes, scope by scope',
      signed: 'yes, scope by scope',
      machine: 'no',
    },
  },
  {
    id: 'rotation',
    title: 'Rotation',
    cells: {
      secret: 'roll with an overlap of 0 s to 7 d, by hand or by itself; two at a time, one of them primary',
      restricted: 'roll with an overlap of 0 s to 7 d, by hand or by itself',
      publishable: 'roll with an overlap',
      personal: 'make another, revoke the old one',
      session: 'refresh token at every use; signing keys by themselves',
      opaque: 'refresh token at every use',
      signed: 'refresh token at every use; signing keys by themselves',
      machine: 'client secret with an overlap, or another key in the JWK set',
    },
  },
  {
    id: 'standards',
    title: 'Standards',
    cells: {
      secret: 'RFC 6750 for the header; formats of its own',
      restricted: 'RFC 6750 for the header; formats of its own',
      publishable: 'none',
      personal: 'RFC 6750 for the header; formats of its own',
      session: 'RFC 7519, RFC 8725',
      opaque: 'OAuth 2.1, OpenID Connect, RFC 7662, RFC 7009',
      signed: 'OAuth 2.1, OpenID Connect, RFC 9068',
      machine: 'OAuth 2.1, RFC 7523',
    },
  },
  {
    id: 'leak',
    title: 'If it leaks',
    cells: {
      secret: 'all its scopes, from its networks, until revoked: as a rule most of what the account may do',
      restricted: 'the few scopes it names, from its networks, until revoked',
      publishable: 'nothing: it is public, and may only what is marked publishable',
      personal: 'what its scopes and the person may do, until revoked',
      session: 'ten minutes at most; the refresh token is found out at its second use',
      opaque: "one application's scopes, for an hour at most",
      signed: "one application's scopes at one API, for an hour at most",
      machine: 'the token: an hour. The secret: as a key; with private_key_jwt there is none to leak',
    },
  },
  {
    id: 'complexity',
    title: 'Complexity',
    cells: {
      secret: 'low: one header, one check',
      restricted: 'low: the same, and scopes to think of',
      publishable: 'low',
      personal: 'low: a page to make it, one header',
      session: 'medium: a refresh, a cookie, a check of signature and claims',
      opaque: 'high: redirects, consent, clients, two kinds of token',
      signed: 'high: the same, and a check of signature and claims',
      machine: 'medium: a token endpoint before the call',
    },
  },
]
