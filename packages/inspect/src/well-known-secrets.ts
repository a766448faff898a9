/** Secrets from tutorials and defaults of frameworks: the first that anybody tries on a token signed with a shared key. */
import { createHmac } from 'node:crypto'

const SECRETS = [
  'secret',
  'Secret',
  'secretkey',
  'secret-key',
  'secret_key',
  'your-256-bit-secret',
  'a-string-secret-at-least-256-bits-long',
  'your_jwt_secret',
  'your-secret-key',
  'jwt_secret',
  'jwt-secret',
  'mysecret',
  'my-secret',
  'supersecret',
  'super-secret',
  'shhhhh',
  'changeme',
  'change-me',
  'password',
  'passw0rd',
  '123456',
  '12345678',
  'key',
  'test',
  'admin',
  'dev',
  'development',
  'example',
  'private',
  'token',
  '',
]
const hashes: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** The secret, if it is one that everybody knows. */
export function wellKnownSecretOf(token: string, algorithm: unknown): string | undefined {
  const hash = typeof algorithm === 'string' && Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined
  if (hash === undefined) return undefined
  const at = token.lastIndexOf('.')
  const [signed, signature] = [token.slice(0, at), token.slice(at + 1)]
  // audit:allow code/secret-compared-plainly the secrets are published ones, and the token is the one that is looked at
  return SECRETS.find((secret) => createHmac(hash, secret).update(signed).digest('base64url') === signature)
}
