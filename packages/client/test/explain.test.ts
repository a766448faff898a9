import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Exchange, explain, type Header, parseChallenges } from '../src/index.ts'

const exchange = (status: number, headers: readonly Header[], body: unknown = ''): Exchange => ({
  hops: [{ method: 'GET', url: 'https://a.example/', requestHeaders: [], proof: { names: [], secrets: [] }, status, statusText: '', headers }],
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  notes: [],
})

describe('a refusal in plain words', () => {
  it('C1: of a problem document: its own title and detail (RFC 9457)', () => {
    const problem = { type: 'https://a.example/refusals#quota', title: 'Quota used up', detail: 'Wait until Monday.', code: 'quota', status: 429 }
    const told = explain(exchange(429, [['retry-after', '60']], problem))
    assert.deepEqual(told, {
      reason: 'Quota used up',
      mend: 'Wait until Monday. Retry-After: 60 seconds.',
      code: 'quota',
      said: 'Wait until Monday.',
      more: problem.type,
    })
  })

  it('C1: of a challenge: error, description and the scope that is needed (RFC 6750 §3)', () => {
    const told = explain(exchange(403, [['www-authenticate', 'Bearer realm="a, b", error="insufficient_scope", error_description="no", scope="x:write"']]))
    assert.match(told?.reason ?? '', /may not do this/)
    assert.deepEqual([told?.code, told?.said, told?.neededScope], ['insufficient_scope', 'no', 'x:write'])
  })

  it('C1: of an OAuth error body, of a bare status, of nothing', () => {
    assert.match(explain(exchange(400, [], { error: 'invalid_grant', error_description: 'used' }))?.mend ?? '', /Log in again/)
    assert.match(explain(exchange(503, [['retry-after', 'Fri, 31 Dec 1999 23:59:59 GMT']]))?.mend ?? '', /Retry-After: Fri/)
    assert.match(explain(exchange(418, [], '<html>'))?.reason ?? '', /refused/)
    assert.match(explain(exchange(400, [], { error: 'constructor' }))?.reason ?? '', /does not understand/)
    assert.equal(explain(exchange(204, [])), undefined)
  })

  it('C1: reads challenges of several schemes, quoted commas and escapes, and hostile ones in linear time', () => {
    const [basic, dpop] = parseChallenges('Basic realm="x \\"y\\", z", DPoP algs="ES256", error="use_dpop_nonce", error="other"')
    assert.equal(basic?.parameters.get('realm'), 'x "y", z')
    assert.deepEqual([dpop?.scheme, dpop?.parameters.get('error')], ['dpop', 'use_dpop_nonce'])
    assert.deepEqual(parseChallenges(''), [])
    assert.ok(parseChallenges(`${'a="\\'.repeat(100_000)}`).length >= 0)
  })
})
