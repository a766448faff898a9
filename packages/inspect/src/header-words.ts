/** The members of a JOSE header in plain words (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7518, RFC 7797, RFC 9449). */
type Words = string | ((value: unknown) => string)

const algorithmWords: ReadonlyMap<unknown, string> = new Map([
  ['none', 'no signature at all'],
  ['HS256', 'HMAC with SHA-256: whoever can verify it can also make it'],
  ['HS384', 'HMAC with SHA-384: whoever can verify it can also make it'],
  ['HS512', 'HMAC with SHA-512: whoever can verify it can also make it'],
  ['RS256', 'RSA PKCS #1 v1.5 with SHA-256: signed by a private key, verified by a public one'],
  ['RS384', 'RSA PKCS #1 v1.5 with SHA-384'],
  ['RS512', 'RSA PKCS #1 v1.5 with SHA-512'],
  ['PS256', 'RSA-PSS with SHA-256: signed by a private key, verified by a public one'],
  ['PS384', 'RSA-PSS with SHA-384'],
  ['PS512', 'RSA-PSS with SHA-512'],
  ['ES256', 'ECDSA on P-256 with SHA-256: signed by a private key, verified by a public one'],
  ['ES384', 'ECDSA on P-384 with SHA-384'],
  ['ES512', 'ECDSA on P-521 with SHA-512'],
  ['Ed25519', 'Ed25519: signed by a private key, verified by a public one'],
  ['EdDSA', 'EdDSA, in its older name that leaves the curve open (RFC 9864)'],
  ['dir', 'the content key itself is shared beforehand'],
  ['RSA-OAEP', 'the content key is encrypted to an RSA key (OAEP with SHA-1)'],
  ['RSA-OAEP-256', 'the content key is encrypted to an RSA key (OAEP with SHA-256)'],
  ['RSA1_5', 'the content key is encrypted to an RSA key by PKCS #1 v1.5'],
  ['ECDH-ES', 'the content key is agreed with an ephemeral key'],
  ['ECDH-ES+A256KW', 'the content key is wrapped under a key agreed with an ephemeral key'],
  ['A128KW', 'the content key is wrapped under a shared AES key'],
  ['A256KW', 'the content key is wrapped under a shared AES key'],
])

const typeWords: ReadonlyMap<unknown, string> = new Map([
  ['jwt', 'a JWT, of no particular kind: nothing in it tells an ID token from an access token'],
  ['at+jwt', 'an OAuth access token (RFC 9068)'],
  ['session+jwt', 'a session of a Latchwork server'],
  ['dpop+jwt', 'a DPoP proof: good for one request, no credential by itself (RFC 9449)'],
  ['logout+jwt', 'a logout token (OpenID Connect Back-Channel Logout)'],
  ['client-authentication+jwt', "a client's proof of itself"],
  ['token-introspection+jwt', 'an answer to an introspection (RFC 9701)'],
  ['oauth-authz-req+jwt', 'an authorization request (RFC 9101)'],
  ['secevent+jwt', 'a security event (RFC 8417)'],
])

const rows: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['alg', (value) => `the algorithm: ${algorithmWords.get(value) ?? 'one not known here'}`],
  [
    'typ',
    (value) =>
      `what kind of token: ${typeWords.get(typeof value === 'string' ? value.toLowerCase().replace(/^application\//, '') : value) ?? 'one not known here'}`,
  ],
  ['kid', 'which key of its maker signed it: a name, to be looked up among keys you trust'],
  ['cty', 'what is inside'],
  ['enc', 'how the content is encrypted'],
  ['zip', 'the content is compressed'],
  ['epk', "the maker's ephemeral public key"],
  ['apu', 'who made it, as an input to the key agreement'],
  ['apv', 'whom it is for, as an input to the key agreement'],
  ['jku', 'an address to fetch keys from'],
  ['jwk', 'a public key, brought along'],
  ['x5u', 'an address to fetch a certificate from'],
  ['x5c', 'a chain of certificates, brought along'],
  ['x5t', "the SHA-1 of the signer's certificate"],
  ['x5t#S256', "the SHA-256 of the signer's certificate"],
  ['crit', 'members that a reader has to understand, or refuse the token'],
  ['b64', 'whether the payload is encoded (RFC 7797)'],
  ['p2c', 'how many rounds the password was stretched'],
  ['p2s', 'the salt of the password'],
  ['iv', 'the initialisation vector of the wrapped key'],
  ['tag', 'the authentication tag of the wrapped key'],
  ['nonce', 'a value that makes it fresh'],
])

export function headerWords(name: string, value: unknown): string {
  const words = rows.get(name) ?? 'not a registered member: ask its maker'
  return typeof words === 'string' ? words : words(value)
}
