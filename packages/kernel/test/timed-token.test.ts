import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  digestOf,
  mintKey,
  mintTimedToken,
  mintToken,
  parseCredential,
  parseToken,
  storedDigestOf,
  takeRandomDigits,
  timedDigestOf,
  timedTokenOfBytes,
} from '@latchwork/kernel'

const T0 = 1_800_000_000_000

describe('tokens that carry their time', () => {
  it('R7: what is stored of them sorts by the time they were made', () => {
    const times = [0, 1, 61, 62, T0 - 1, T0, T0 + 1, T0 + 61, T0 + 62, 2 * T0, 100 * T0]
    const digests = times.map((now) => timedDigestOf(mintTimedToken('access_token', now).reveal()))
    assert.deepEqual(digests.toSorted(), digests)
    assert.ok(digests.every((digest) => digest.length === 9 + 43))
  })

  it('O8: they have the form of every credential, and no two of one millisecond are alike', () => {
    const texts = Array.from({ length: 5000 }, () => mintTimedToken('access_token', T0).reveal())
    assert.equal(new Set(texts).size, texts.length)
    assert.equal(new Set(texts.map(timedDigestOf)).size, texts.length)
    for (const text of texts) assert.ok(text.length === 55 && parseToken('access_token', text))
    assert.equal(new Set(texts.map((text) => text.slice(0, 15))).size, 1)
  })

  it('O8: beside the time, each of 34 digits is any of 62 alike (within six standard deviations): 202 bits', () => {
    const rounds = 6200
    const counts = Array.from({ length: 34 }, () => new Map<string, number>())
    for (let round = 0; round < rounds; round++) {
      const text = mintTimedToken('refresh_token', T0).reveal()
      for (const [place, count] of counts.entries()) count.set(text.charAt(15 + place), (count.get(text.charAt(15 + place)) ?? 0) + 1)
    }
    const bound = 6 * Math.sqrt(rounds / 62)
    for (const count of counts) {
      assert.equal(count.size, 62)
      for (const times of count.values()) assert.ok(Math.abs(times - rounds / 62) < bound, `${times}`)
    }
  })

  it('O9: of one time and the same bytes comes the same token; of another time or one bit, another', () => {
    for (let round = 0; round < 200; round++) {
      const bytes = round === 0 ? Buffer.alloc(32) : round === 1 ? Buffer.alloc(32, 0xff) : randomBytes(32)
      const text = timedTokenOfBytes('refresh_token', T0, bytes).reveal()
      assert.ok(text.length === 55 && parseToken('refresh_token', text))
      assert.equal(timedTokenOfBytes('refresh_token', T0, bytes).reveal(), text)
      assert.notEqual(timedTokenOfBytes('refresh_token', T0 + 1, bytes).reveal(), text)
      bytes.writeUInt8(bytes.readUInt8(round % 25) ^ (1 << (round % 8)), round % 25)
      assert.notEqual(timedTokenOfBytes('refresh_token', T0, bytes).reveal(), text)
    }
    assert.throws(() => timedTokenOfBytes('refresh_token', T0, Buffer.alloc(24)), RangeError)
  })

  it('K3: keys and all else are stored by their digest alone; whichever way, by no part of the secret', () => {
    for (const secret of [mintKey('sk', 'live', 'lw'), mintToken('client_secret'), mintToken('login_session')]) {
      const parsed = parseCredential(secret.reveal())
      assert.equal(parsed && storedDigestOf(parsed), digestOf(secret.reveal()))
    }
    const token = mintTimedToken('authorization_code', T0).reveal()
    const parsed = parseCredential(token)
    assert.equal(parsed && storedDigestOf(parsed), timedDigestOf(token))
    assert.equal(timedDigestOf(token).slice(9), digestOf(token))
    assert.equal(
      timedDigestOf(token).slice(0, 9),
      timedDigestOf(mintTimedToken('access_token', T0).reveal()).slice(0, 9),
      'the time, and nothing of the token else',
    )
  })
})

describe('takeRandomDigits', () => {
  it('K1: never gives the same digits twice, over many refills and odd sizes', () => {
    const seen = new Set<string>()
    for (let round = 0; round < 20_000; round++) seen.add(takeRandomDigits(20))
    assert.equal(seen.size, 20_000)
    for (const size of [1, 7, 13, 1023, 1024]) assert.match(takeRandomDigits(size), new RegExp(`^[0-9A-Za-z]{${size}}$`))
    assert.throws(() => takeRandomDigits(1025), RangeError)
  })
})
