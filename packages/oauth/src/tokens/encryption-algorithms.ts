/** What we encrypt for clients with (RFC 7518 §4.1, §5.1). No RSA1_5, whose padding leaks; no `dir` and no key wrapping by a shared secret, because we keep none of theirs in clear. */

export const keyManagementAlgorithms: readonly string[] = ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']

export const contentEncryptionAlgorithms: readonly string[] = [
  'A128CBC-HS256',
  'A192CBC-HS384',
  'A256CBC-HS512',
  'A128GCM',
  'A192GCM',
  'A256GCM',
]
