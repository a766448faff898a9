/** What is remembered of looked-up credentials, and when it is not trusted. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, LOOK_UPS_ANEW, mintKey } from '@latchwork/kernel'
import type { FoundCredential } from '@latchwork/verify'
import { anyToken, bearing, keyRecord, refused, startCore } from './core.ts'

describe('stored credentials', () => {
  it('V1: are looked up once and then known', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    for (let call = 0; call < 5; call++) assert.equal((await core.authenticate(bearing(key))).credentialId, 'key_1')
    assert.equal(core.reads(), 1)
  })

  it('V1: callers that come while a look-up is under way share it', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    const principals = await Promise.all(Array.from({ length: 50 }, () => core.authenticate(bearing(key))))
    assert.equal(core.reads(), 1)
    assert.ok(principals.every(({ credentialId }) => credentialId === 'key_1'))
  })

  it('K2: nothing malformed, and no kind of another slot, reaches the look-up (4.4)', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    for (let cut = 1; cut < key.length; cut++) await refused(core.authenticate(bearing(key.slice(0, cut))), 'credential_malformed')
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === 'a' ? 'b' : 'a'
      await refused(core.authenticate(bearing(key.slice(0, at) + other + key.slice(at + 1))), 'credential_malformed')
    }
    for (const kind of ['refresh_token', 'authorization_code', 'client_secret', 'device_code', 'login_session', 'one_time_link'] as const) {
      await refused(core.authenticate(bearing(anyToken(kind))), 'credential_invalid')
    }
    assert.equal(core.reads(), 0)
  })

  it('V3: unknown, revoked, foreign and misplaced credentials are told alike; the log learns which', async () => {
    const core = startCore()
    const texts = {
      unknown: mintKey('sk', 'live', 'lw').reveal(),
      revoked: core.addKey('key_2', {}, { alive: false }),
      wrong_audience: core.addKey('key_3', { audience: ['https://other.example.com'] }),
      refresh_token: anyToken('refresh_token'),
    }
    const told = new Set<string>()
    for (const [reason, text] of Object.entries(texts)) {
      const refusal = await refused(core.authenticate(bearing(text)), 'credential_invalid', new RegExp(reason))
      told.add(JSON.stringify([refusal.code, refusal.status, refusal.detail, refusal.message, refusal.retryAfterSeconds]))
    }
    assert.equal(told.size, 1)
  })

  for (const lifeline of ['key:key_1', 'account:acc_1'] as const) {
    it(`K10: the end of ${lifeline} evicts at once`, async () => {
      const core = startCore()
      const key = core.addKey('key_1')
      await core.authenticate(bearing(key))
      core.end(lifeline)
      assert.equal(core.state().storedCredentials, 0)
      await refused(core.authenticate(bearing(key)), 'credential_invalid', /revoked/)
      await refused(core.authenticate(bearing(key)), 'credential_invalid', /revoked/)
      assert.equal(core.state().storedCredentials, 0, 'what is dead is not kept')
    })
  }

  it('K10: an ending leaves others alone', async () => {
    const core = startCore()
    const [dead, alive] = [core.addKey('key_1'), core.addKey('key_2')]
    await core.authenticate(bearing(dead))
    await core.authenticate(bearing(alive))
    core.end('key:key_1')
    await core.authenticate(bearing(alive))
    assert.equal(core.reads(), 2)
  })

  it('K10: a look-up that a revocation overtook is refused and not kept (8.2)', async () => {
    const reads: { answer: (found: FoundCredential) => void }[] = []
    const core = startCore({}, { findCredential: () => new Promise((resolve) => reads.push({ answer: resolve })) })
    const key = mintKey('sk', 'live', 'lw').reveal()
    const record = keyRecord(key, 'key_1')
    let over = false
    const isRefused = refused(core.authenticate(bearing(key)), 'store_unavailable', /older than what the revocation feed says/).finally(() => {
      over = true
    })
    core.applyRevocations([{ feedId: 7, lifeline: 'key:key_1', at: core.clock.time, until: core.clock.time }])
    // A node that lags says the same again and again; how often it is asked is bounded.
    for (let turn = 0; !over; await new Promise(setImmediate)) if (reads[turn] !== undefined) reads[turn++]?.answer({ record, asOf: 6 })
    await isRefused
    assert.equal(reads.length, 11)
    assert.equal(core.state().storedCredentials, 0)
  })

  it('K10: a look-up that was overtaken looks again, and believes what is newer than the ending', async () => {
    const key = mintKey('sk', 'live', 'lw').reveal()
    const answers: FoundCredential[] = [
      { record: keyRecord(key, 'key_1', { scopes: ['notes:read', 'notes:write'] }), asOf: 6 },
      { record: keyRecord(key, 'key_1', { scopes: ['notes:read'] }), asOf: 7 },
    ]
    const core = startCore({}, { findCredential: async () => answers.shift() })
    core.applyRevocations([{ feedId: 7, lifeline: 'key:key_1', at: core.clock.time, until: core.clock.time }])
    assert.deepEqual((await core.authenticate(bearing(key))).scopes, ['notes:read'])
  })

  for (const lifeline of ['client_rights:cli_1', LOOK_UPS_ANEW] as const) {
    it(`K10 O10: ${lifeline} has it read anew, and a read that was under way then is done again, for all who share it`, async () => {
      const scopesAt = [['notes:read', 'notes:write'], ['notes:read']]
      const started = Promise.withResolvers<void>()
      const answer = Promise.withResolvers<void>()
      const found = (text: string, asOf: number): FoundCredential => {
        return { asOf, record: keyRecord(text, 'key_1', { scopes: scopesAt[asOf] ?? [] }, { livesBy: ['key:key_1', 'client_rights:cli_1'] }) }
      }
      let head = 0
      const key = mintKey('sk', 'live', 'lw').reveal()
      const core = startCore(
        {},
        {
          findCredential: async () => {
            const read = found(key, head)
            started.resolve()
            await answer.promise
            return read
          },
        },
      )
      const early = core.authenticate(bearing(key))
      await started.promise
      head = 1
      core.applyRevocations([{ feedId: 1, lifeline, at: core.clock.time, until: core.clock.time }])
      const late = core.authenticate(bearing(key), { scopes: ['notes:write'] })
      answer.resolve()
      assert.deepEqual((await early).scopes, ['notes:read'])
      await refused(late, 'scope_insufficient')
      assert.equal(core.state().storedCredentials, 1)
      core.applyRevocations([{ feedId: 2, lifeline, at: core.clock.time, until: core.clock.time }])
      assert.equal(core.state().storedCredentials, 0)
    })
  }

  it('K10: a read from before the place where the feed began anew is answered but not kept', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    await core.authenticate(bearing(key))
    core.revocationsBegunAnew(10)
    assert.equal(core.state().storedCredentials, 0)
    await core.authenticate(bearing(key))
    await core.authenticate(bearing(key))
    assert.equal(core.reads(), 3)
    core.feed.head = 10
    core.records.set(digestOf(key), { asOf: 10, record: keyRecord(key, 'key_1') })
    await core.authenticate(bearing(key))
    await core.authenticate(bearing(key))
    assert.equal(core.reads(), 4)
  })

  it('K10: a read that was under way when the feed began anew is done again: its number says nothing any more', async () => {
    const reads: { answer: (found: FoundCredential) => void }[] = []
    const core = startCore({}, { findCredential: () => new Promise((resolve) => reads.push({ answer: resolve })) })
    const key = mintKey('sk', 'live', 'lw').reveal()
    const answered = refused(core.authenticate(bearing(key)), 'credential_invalid', /revoked/)
    core.revocationsBegunAnew(2)
    core.applyRevocations([{ feedId: 3, lifeline: 'key:key_1', at: core.clock.time, until: core.clock.time }])
    reads[0]?.answer({ record: keyRecord(key, 'key_1'), asOf: 100 })
    await new Promise(setImmediate)
    assert.equal(reads.length, 2)
    reads[1]?.answer({ record: keyRecord(key, 'key_1', {}, { alive: false }), asOf: 3 })
    await answered
  })

  it('K10: with the feed away for more than 5 s every call is looked up, and refused with 503 where that fails (8.3)', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    await core.authenticate(bearing(key))
    core.feed.isWhole = false
    core.feed.freshAt = core.clock.time
    core.clock.time += 5000
    await core.authenticate(bearing(key))
    assert.equal(core.reads(), 1, 'within 5 s what is known is trusted')
    core.clock.time += 1
    await Promise.all([core.authenticate(bearing(key)), core.authenticate(bearing(key))])
    assert.equal(core.reads(), 3, 'no look-up is shared')
    core.feed.isWhole = true
    await core.authenticate(bearing(key))
    assert.equal(core.reads(), 3, 'and trusted again when the feed is back')
  })

  it('K10: a clock that went back is no freshness', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    await core.authenticate(bearing(key))
    core.feed.isWhole = false
    core.feed.freshAt = core.clock.time
    core.clock.time -= 3_600_000
    await core.authenticate(bearing(key))
    assert.equal(core.reads(), 2)
  })

  it('R3: a look-up that fails is 503, never 200 or 401 (12.5)', async () => {
    for (const failing of [() => Promise.reject(new Error('down')), () => Promise.reject(undefined)]) {
      const refusal = await refused(startCore({}, { findCredential: failing }).authenticate(bearing(mintKey('sk', 'live', 'lw').reveal())), 'store_unavailable')
      assert.equal(refusal.status, 503)
      assert.equal(refusal.retryAfterSeconds, 1)
    }
  })

  it('R3: a look-up that took half a minute is not believed', async () => {
    const slow = async () => {
      core.clock.time += 31_000
      return { record: keyRecord(key, 'key_1'), asOf: 0 }
    }
    const core = startCore({}, { findCredential: slow })
    const key = mintKey('sk', 'live', 'lw').reveal()
    await refused(core.authenticate(bearing(key)), 'store_unavailable')
  })

  it('R6: at most 1,000 look-ups at once; the rest is told to come again', async () => {
    const pending: (() => void)[] = []
    const core = startCore({}, { findCredential: () => new Promise((resolve) => pending.push(() => resolve(undefined))) })
    const calls = Array.from({ length: 1001 }, () => core.authenticate(bearing(mintKey('sk', 'live', 'lw').reveal())))
    await refused(calls[1000] ?? assert.fail(), 'overloaded')
    for (const answer of pending) answer()
    for (const call of calls.slice(0, 1000)) await refused(call, 'credential_invalid')
  })

  it('R6: remembers no more than its size, the latest used', async () => {
    const core = startCore({ cacheSize: 100 })
    const first = core.addKey('key_first')
    await core.authenticate(bearing(first))
    for (let index = 0; index < 1000; index++) {
      await core.authenticate(bearing(core.addKey(`key_${index}`)))
      await core.authenticate(bearing(first))
    }
    assert.equal(core.state().storedCredentials, 100)
    assert.equal(core.reads(), 1001)
  })

  it('K6: expiry, start and scopes are judged on every hit', async () => {
    const core = startCore()
    const { time } = core.clock
    const key = core.addKey('key_1', { expiresAt: time + 1000 })
    await core.authenticate(bearing(key))
    await refused(core.authenticate(bearing(key), { scopes: ['notes:write'] }), 'scope_insufficient')
    core.clock.time = time + 999
    await core.authenticate(bearing(key))
    core.clock.time = time + 1000
    await refused(core.authenticate(bearing(key)), 'credential_expired')
    assert.equal(core.reads(), 1)
  })

  it('V1: 100,000 keys at once, each with its own principal (8.5)', async () => {
    const core = startCore({ cacheSize: 1000 })
    const keys = Array.from({ length: 100_000 }, (_, index) => core.addKey(`key_${index}`))
    for (let from = 0; from < keys.length; from += 1000) {
      const principals = await Promise.all(keys.slice(from, from + 1000).map((key) => core.authenticate(bearing(key))))
      principals.forEach(({ subject }, index) => {
        assert.equal(subject, `key_${from + index}`)
      })
    }
  })

  it('V1: what one caller does to a principal does not reach another', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    const principal = await core.authenticate(bearing(key))
    assert.throws(() => Object.assign(principal, { subject: 'somebody' }), TypeError)
    assert.throws(() => (principal.scopes as string[]).push('*:*'), TypeError)
    assert.throws(() => (principal.audience as string[]).push('x'), TypeError)
    assert.deepEqual((await core.authenticate(bearing(key))).scopes, ['notes:read'])
  })
})
