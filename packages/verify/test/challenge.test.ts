/** How refusals are told. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal, type RefusalCode, refusals } from '@latchwork/kernel'
import { challengeFor } from '@latchwork/verify'

const challengeOf = (code: RefusalCode, options = {}, how = {}) => challengeFor(new Refusal(code, options), how).headers['www-authenticate']

describe('challenges', () => {
  it('V3: no error is told to a request without a credential (RFC 6750 §3.1)', () => {
    assert.equal(challengeOf('credential_missing'), 'Bearer')
    assert.equal(challengeOf('credential_missing', {}, { realm: 'notes' }), 'Bearer realm="notes"')
  })

  it('V3: invalid_token for a credential that is not accepted', () => {
    for (const code of ['credential_malformed', 'credential_invalid', 'credential_expired', 'credential_not_yet_valid'] as const) {
      const { status, headers, body } = challengeFor(new Refusal(code))
      assert.equal(status, 401)
      assert.match(headers['www-authenticate'] ?? '', /^Bearer error="invalid_token", error_description="[^"]+"$/)
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.deepEqual(body, { type: `urn:latchwork:problem:${code}`, title: refusals[code].title, status: 401, detail: refusals[code].mend, code })
    }
  })

  it('V3: insufficient_scope names the scopes (RFC 6750 §3)', () => {
    const { status, headers } = challengeFor(new Refusal('scope_insufficient', { neededScopes: ['notes:read', 'notes:write'] }))
    assert.equal(status, 403)
    assert.match(headers['www-authenticate'] ?? '', /error="insufficient_scope".*scope="notes:read notes:write"/)
  })

  it('V3: invalid_request with 400', () => {
    for (const code of ['credential_ambiguous', 'credential_in_query', 'transport_insecure'] as const) {
      assert.equal(challengeFor(new Refusal(code)).status, 400)
      assert.match(challengeOf(code) ?? '', /error="invalid_request"/)
    }
  })

  it('V3: 503 says when to come again, and challenges nobody', () => {
    for (const code of ['store_unavailable', 'revocations_unknown', 'overloaded'] as const) {
      const { status, headers } = challengeFor(new Refusal(code))
      assert.equal(status, 503)
      assert.equal(headers['retry-after'], '1')
      assert.equal(headers['www-authenticate'], undefined)
    }
  })

  it('V3: the address of the resource metadata (RFC 9728 §5.1)', () => {
    const resourceMetadata = 'https://api.example.com/.well-known/oauth-protected-resource'
    assert.equal(challengeOf('credential_missing', {}, { resourceMetadata }), `Bearer resource_metadata="${resourceMetadata}"`)
  })

  it('V3: a section is named in words, as the header is ASCII', () => {
    assert.match(challengeOf('credential_invalid', { detail: 'twice (RFC 6749 §3.1)' }) ?? '', /twice \(RFC 6749 section 3\.1\)/)
  })

  it('V3: nothing in a refusal can break out of the header', () => {
    const challenge = challengeOf('credential_invalid', { detail: 'a "quoted" \\ line\r\nSet-Cookie: x=1 – é' }) ?? ''
    assert.equal(challenge, 'Bearer error="invalid_token", error_description="a \'quoted\' \' line??Set-Cookie: x=1 - e"')
  })

  it('R8: reason, cause and ids stay here', () => {
    const refusal = new Refusal('credential_invalid', {
      reason: 'revoked by ada',
      cause: new Error('inner'),
      about: { credentialId: 'key_secret', userId: 'usr_secret' },
    })
    assert.doesNotMatch(JSON.stringify(challengeFor(refusal)), /ada|inner|secret/)
  })
})
