import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { rawOfDer } from '../src/ecdsa-der.ts'
import { openPrivateKey, sealPrivateKey } from '../src/seal.ts'

const secretKey = randomBytes(32)

describe('the signature of ES256', () => {
  it('J1: DER to r ‖ s, whatever the lengths of r and s (RFC 7518 §3.4)', () => {
    const integer = (bytes: readonly number[]): number[] => [0x02, bytes.length, ...bytes]
    const der = (r: readonly number[], s: readonly number[]): Buffer => Buffer.from([0x30, integer(r).length + integer(s).length, ...integer(r), ...integer(s)])
    const full = Array.from({ length: 32 }, () => 0xff)
    const rows: readonly (readonly [readonly number[], readonly number[]])[] = [
      [
        [0, ...full],
        [0, ...full],
      ],
      [full.map(() => 0x7f), full.map(() => 1)],
      [[1], [2]],
      [
        [0, 0x80],
        [0x7f, 0x80],
      ],
      [full.slice(1), [0, ...full]],
    ]
    const padded = (bytes: readonly number[]): string =>
      Buffer.from(bytes)
        .toString('hex')
        .replace(/^(00)+(?=..)/, '')
        .padStart(64, '0')
        .slice(-64)
    for (const [r, s] of rows) assert.equal(rawOfDer(der(r, s)).toString('hex'), padded(r) + padded(s))
  })

  it('J1: 2000 signatures, short halves among them, each verifies in its raw form', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    let shorter = 0
    // One half in 256 or so is short: 2000 signatures hold none once in two thousand runs, so what counts is that one was seen.
    for (let n = 0; n < 2000 || shorter === 0; n++) {
      const data = randomBytes(20)
      const der = sign('sha256', data, privateKey)
      const [r = 32, s = 32] = [der[3], der[5 + (der[3] ?? 0)]]
      if (r < 32 || s < 32) shorter++
      assert.ok(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, rawOfDer(der)))
    }
  })
})

describe('private keys at rest', () => {
  const key = randomBytes(138)
  const sealed = sealPrivateKey(secretKey, 'kid', key)

  it('J1: sealed and opened; never twice the same; nothing of the key in it', () => {
    assert.deepEqual(openPrivateKey([secretKey], 'kid', sealed), key)
    assert.notEqual(sealPrivateKey(secretKey, 'kid', key), sealed)
    assert.ok(!sealed.includes(key.toString('base64url').slice(0, 12)))
  })

  it('J1 E7: another secret, another kid, a changed, cut or foreign row: refused with what to do', () => {
    const parts = sealed.split('.')
    const changed = parts.map((part, at) => parts.with(at, (part.startsWith('A') ? 'B' : 'A') + part.slice(1)).join('.'))
    for (const [secret, kid, text] of [
      [randomBytes(32), 'kid', sealed],
      [secretKey, 'kid2', sealed],
      ...changed.slice(1).map((text) => [secretKey, 'kid', text] as const),
    ] as const)
      assert.throws(() => openPrivateKey([secret], kid, text), /signing key kid2? cannot be opened: secretKey is not the one/)
    for (const text of ['', 'v1', 'v1.a.b', changed[0] ?? '']) assert.throws(() => openPrivateKey([secretKey], 'kid', text), /not a sealed key/)
  })
})
