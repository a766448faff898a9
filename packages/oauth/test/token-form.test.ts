import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Api } from '../src/index.ts'
import { tokenFormOf } from '../src/tokens/token-form.ts'

const ISSUER = 'https://id.example.test'
const api = (identifier: string, more: Partial<Api> = {}): Api => ({ identifier, name: identifier, scopes: [], ...more })
const apis = new Map(
  [
    api('opaque'),
    api('short', { accessTokenLifetimeSeconds: 300 }),
    api('jwt', { tokenFormat: 'jwt' }),
    api('rsa', { tokenFormat: 'jwt', tokenSigningAlg: 'RS256', accessTokenLifetimeSeconds: 120 }),
    api('long', { tokenFormat: 'jwt', accessTokenLifetimeSeconds: 3600 }),
  ].map((one) => [one.identifier, one]),
)
const formOf = (...audience: string[]) => Object.values(tokenFormOf({ apis, accessTokenLifetimeMs: 3_600_000 }, audience)).join(' ')

describe('the form of an access token', () => {
  const cases: readonly [readonly string[], string][] = [
    [[ISSUER], 'opaque 3600000'],
    [['opaque'], 'opaque 3600000'],
    [['short', ISSUER], 'opaque 300000'],
    [['jwt'], 'jwt ES256 600000'],
    [['jwt', ISSUER], 'jwt ES256 600000'],
    [['rsa'], 'jwt RS256 120000'],
    [['jwt', 'rsa'], 'jwt ES256 120000'],
    [['long'], 'jwt ES256 3600000'],
    [['long', 'jwt'], 'jwt ES256 600000'],
    [['jwt', 'opaque'], 'opaque 3600000'],
    [['rsa', 'opaque'], 'opaque 120000'],
    [['unknown'], 'opaque 3600000'],
  ]
  for (const [audience, expected] of cases) it(`O8: for ${audience.join(' and ')}: ${expected}`, () => assert.equal(formOf(...audience), expected))

  it('O8: JWTs never outlive what applications get at most', () => {
    assert.equal(tokenFormOf({ apis, accessTokenLifetimeMs: 60_000 }, ['jwt']).lifetimeMs, 60_000)
  })
})
