/** What is remembered of verified tokens, and what is judged nevertheless. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, type Lifeline, Refusal } from '@latchwork/kernel'
import { bearing, keyRecord, refused, startCore, startSigner } from './core.ts'

function startWithSigner(options: Parameters<typeof startCore>[0] = {}, type: 'ES256' | 'Ed25519' = 'Ed25519') {
  const core = startCore(options)
  const signer = startSigner('k1', core.clock.time, type)
  core.keys.set('k1', signer.key)
  return { core, ...signer }
}

describe('signed tokens', () => {
  const lifelines: readonly Lifeline[] = ['token:tok_1', 'session:ses_1', 'grant:grt_1', 'user:usr_1', 'account:acc_1']
  for (const lifeline of lifelines) {
    it(`J7: the end of ${lifeline} ends a token that has been verified before`, async () => {
      const { core, token } = startWithSigner()
      const [doomed, other] = [token({ account_id: 'acc_1' }), token({ sub: 'usr_2', jti: 'tok_2', sid: 'ses_2', grant_id: 'grt_2', account_id: 'acc_2' })]
      await core.authenticate(bearing(doomed))
      await core.authenticate(bearing(other))
      core.applyRevocations([{ feedId: 1, lifeline, at: core.clock.time, until: core.clock.time + 600_000 }])
      await refused(core.authenticate(bearing(doomed)), 'credential_invalid', /revoked/)
      await core.authenticate(bearing(other))
    })
  }

  it('J7 O10: a right that was taken ends what was issued before; given again, what is issued a minute later works', async () => {
    const { core, token } = startWithSigner()
    const iatOf = () => Math.floor(core.clock.time / 1000)
    const [before, clockAhead] = [token(), token({ iat: iatOf() + 59, jti: 'tok_2' })]
    await core.authenticate(bearing(before))
    core.applyRevocations([{ feedId: 1, lifeline: 'right:https://api.example.com', at: core.clock.time, until: core.clock.time + 600_000 }])
    core.clock.time += 61_000
    for (const doomed of [before, clockAhead]) await refused(core.authenticate(bearing(doomed)), 'credential_invalid', /revoked/)
    await core.authenticate(bearing(token({ iat: iatOf(), jti: 'tok_3' })))
  })

  it('J7 R5: an ending is remembered as long as a token may live, leeway included, and an hour for a clock that is set back; and then forgotten', async () => {
    const { core, token } = startWithSigner({ leewaySeconds: 60 })
    const doomed = token()
    core.applyRevocations([{ feedId: 1, lifeline: 'token:tok_1', at: core.clock.time, until: core.clock.time + 600_000 }])
    const endings = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ feedId: 2 + index, lifeline: `key:${count}_${index}` as const, at: 0, until: 0 }))
    core.clock.time += 600_000 + 59_999 // expired, but within the leeway
    core.applyRevocations(endings(3000)) // more than enough to make it sweep
    await refused(core.authenticate(bearing(doomed)), 'credential_invalid', /revoked/)
    core.clock.time += 3_500_000
    core.applyRevocations(endings(10_000))
    core.clock.time -= 3_600_000
    await refused(core.authenticate(bearing(doomed)), 'credential_invalid', /revoked/)
    core.clock.time += 4_000_000
    core.applyRevocations(endings(30_000))
    assert.ok(core.state().revocations < 30_001, 'the oldest are gone')
    await refused(core.authenticate(bearing(doomed)), 'credential_expired')
  })

  it('J7 R5: a clock that jumps ahead by years for a moment, while much is ended, brings no ended token back', async () => {
    const { core, token } = startWithSigner()
    const doomed = token()
    core.applyRevocations([{ feedId: 1, lifeline: 'token:tok_1', at: core.clock.time, until: core.clock.time + 600_000 }])
    core.clock.ahead = 10 * 365 * 86_400_000
    const { time } = core.clock
    core.applyRevocations(Array.from({ length: 3000 }, (_, index) => ({ feedId: 2 + index, lifeline: `key:${index}` as const, at: time, until: time })))
    core.clock.ahead = 0
    await refused(core.authenticate(bearing(doomed)), 'credential_invalid', /revoked/)
  })

  it('K16: a key of another system that looks like a JWT is looked up where this issuer did not sign it, and there alone', async () => {
    const core = startCore({}, { acceptsForeign: () => true })
    const { key, token } = startSigner('k1', core.clock.time)
    core.keys.set('k1', key)
    const enter = (text: string) => core.records.set(digestOf(text), { asOf: 0, record: keyRecord('sk_live_lw_x', 'key_1') })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const imported = [
      `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ role: 'anon' })}.c2lnbmF0dXJl`,
      startSigner('k2', core.clock.time).token(),
      startSigner('k1', core.clock.time).token(),
      'eyJ0b29zaG9ydA.x',
      'eyJ.not-a-jws.at-all!',
    ]
    for (const text of imported) {
      await refused(core.authenticate(bearing(text)), 'credential_invalid', /unknown/)
      enter(text)
      assert.equal((await core.authenticate(bearing(text))).subject, 'key_1', text)
    }
    const reads = core.reads()
    const ours = [
      token({ exp: 1, iat: 1 }),
      token({ iss: 'https://elsewhere.example' }),
      token({ iat: 4_000_000_000 }),
      token({ jti: 'tok_9' }),
      token({ jti: 1 }),
    ]
    core.end('token:tok_9')
    for (const text of ours) {
      enter(text)
      await assert.rejects(core.authenticate(bearing(text)), Refusal)
    }
    const [first = ''] = imported
    await refused(core.authenticate(bearing(`${first}${'x'.repeat(600)}`)), 'credential_invalid', /alg/)
    assert.equal(core.reads(), reads)
    const strict = startCore()
    for (const text of imported) await assert.rejects(strict.authenticate(bearing(text)), Refusal)
    assert.equal(strict.reads(), 0)
  })

  it('J3: expiry is judged on every hit, with the leeway', async () => {
    const { core, token } = startWithSigner()
    const text = token()
    const expiresAt = (await core.authenticate(bearing(text))).expiresAt ?? 0
    core.clock.time = expiresAt + 4999
    await core.authenticate(bearing(text))
    core.clock.time = expiresAt + 5000
    await refused(core.authenticate(bearing(text)), 'credential_expired')
  })

  it('J2: a token is refused when its key is withdrawn, or replaced under the same id', async () => {
    const { core, token } = startWithSigner()
    const text = token()
    await core.authenticate(bearing(text))
    core.keys.set('k1', startSigner('k1', core.clock.time).key)
    await refused(core.authenticate(bearing(text)), 'credential_invalid', /signature/)
    core.keys.delete('k1')
    await refused(core.authenticate(bearing(text)), 'credential_invalid', /kid/)
  })

  for (const [rounds, cacheSize] of [
    [48, 10_000],
    [2, 100],
  ] as const) {
    it(`V1: ${rounds * 2000} authentications, 2,000 at once, each with the claims of its token, ${cacheSize} remembered (8.5)`, async () => {
      const { core, token } = startWithSigner({ cacheSize })
      const tokens = Array.from({ length: 2000 }, (_, index) => token({ sub: `usr_${index}`, jti: `tok_${index}` }))
      for (let round = 0; round < rounds; round++) {
        const order = tokens.map((_, index) => (index * 7 + round * 13) % tokens.length)
        const principals = await Promise.all(order.map((index) => core.authenticate(bearing(tokens[index] ?? ''))))
        principals.forEach(({ subject, credentialId }, place) => {
          assert.equal(subject, `usr_${order[place]}`)
          assert.equal(credentialId, `tok_${order[place]}`)
        })
      }
      assert.equal(core.state().verifiedTokens, Math.min(cacheSize, 2000))
    })
  }

  it('K10: with the feed away tokens go on, and say so', async () => {
    const { core, token } = startWithSigner()
    const text = token()
    assert.equal((await core.authenticate(bearing(text))).revocationFresh, true)
    core.feed.isWhole = false
    core.feed.freshAt = core.clock.time - 5001
    assert.equal((await core.authenticate(bearing(text))).revocationFresh, false)
    core.applyRevocations([{ feedId: 1, lifeline: 'session:ses_1', at: 0, until: core.clock.time + 600_000 }])
    await refused(core.authenticate(bearing(text)), 'credential_invalid')
  })

  it('K10: where revocation is required they do not', async () => {
    const { core, token } = startWithSigner({ revocation: 'required' })
    await core.authenticate(bearing(token()))
    core.feed.isWhole = false
    core.feed.freshAt = core.clock.time - 5001
    const refusal = await refused(core.authenticate(bearing(token())), 'revocations_unknown')
    assert.equal(refusal.status, 503)
  })

  it('J3: an environment of test refuses sessions, which are live', async () => {
    const { core, token } = startWithSigner({ environment: 'test' })
    await refused(core.authenticate(bearing(token())), 'credential_wrong_environment')
  })

  it('R3: keys that cannot be read are 503, never 401 (12.5)', async () => {
    const { token } = startWithSigner()
    await refused(startCore({}, { findKey: () => Promise.reject(new Error('down')) }).authenticate(bearing(token())), 'store_unavailable')
  })

  it('J3: a key resolver that gives nothing useful lets nothing in (11.2)', async () => {
    const { token } = startWithSigner()
    for (const found of [undefined, Promise.resolve(undefined)]) {
      await refused(startCore({}, { findKey: () => found }).authenticate(bearing(token())), 'credential_invalid')
    }
  })

  it('R6: garbage of every size is refused in little time', async () => {
    const { core, token } = startWithSigner({}, 'ES256')
    const startedAt = performance.now()
    for (const size of [1, 100, 8000, 100_000, 10_000_000]) {
      await refused(core.authenticate(bearing('', { headers: { 'x-api-key': '.'.repeat(size) } })), 'credential_malformed')
      await refused(
        core.authenticate(bearing('', { headers: { 'x-api-key': `${token()}${'A'.repeat(size * 2)}` } })),
        size < 8000 ? 'credential_invalid' : 'credential_malformed',
      )
    }
    assert.ok(performance.now() - startedAt < 1000)
  })
})
