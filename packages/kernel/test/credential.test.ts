import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import {
  base62OfBytes,
  CREDENTIAL_PATTERN,
  checksumOf,
  digestOf,
  type Environment,
  fingerprintOf,
  type KeyKind,
  keyKinds,
  MAX_CREDENTIAL_BYTES,
  mintKey,
  mintToken,
  parseCredential,
  parseToken,
  redactCredentials,
  SECRET_BYTES,
  type TokenKind,
  tokenOfBytes,
  tokenPrefixes,
} from '@latchwork/kernel'

const kinds = Object.keys(keyKinds) as KeyKind[]
const environments: readonly Environment[] = ['live', 'test']
const tokenKinds = Object.keys(tokenPrefixes) as TokenKind[]
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The bytes that 43 base62 digits stand for, read back by a second, plainer way than the one that wrote them. */
function bytesOf(body: string): Buffer {
  let value = 0n
  for (const digit of body) value = value * 62n + BigInt(DIGITS.indexOf(digit))
  return Buffer.from(value.toString(16).padStart(2 * SECRET_BYTES, '0'), 'hex')
}

const bodyOf = (text: string): string => text.slice(-49, -6)
const changed = (text: string, at: number, to: string): string => text.slice(0, at) + to + text.slice(at + 1)

/** The stretches of 13 characters of a secret that a text shows (K12). */
function leaks(secret: string, text: string): readonly string[] {
  return Array.from({ length: secret.length - 12 }, (_, at) => secret.slice(at, at + 13)).filter((part) => text.includes(part))
}

describe('the form of credentials', () => {
  it('K2: every kind, environment and brand round-trips', () => {
    for (const brand of ['lw', 'a1', 'acme', '123456'])
      for (const kind of kinds)
        for (const environment of environments) {
          const text = mintKey(kind, environment, brand).reveal()
          assert.match(text, new RegExp(`^${kind}_${environment}_${brand}_[0-9A-Za-z]{49}$`))
          assert.deepEqual(parseCredential(text), { type: 'api_key', kind, environment, brand, text })
        }
    for (const kind of tokenKinds) {
      const text = mintToken(kind).reveal()
      assert.deepEqual(parseCredential(text), { type: kind, text })
      assert.deepEqual(parseToken(kind, text), { type: kind, text })
    }
  })

  it('K1: the body holds 32 bytes, none lost, leading zeros included', () => {
    const edges = [
      Buffer.alloc(32),
      Buffer.alloc(32, 0xff),
      Buffer.concat([Buffer.alloc(31), Buffer.from([1])]),
      Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]),
    ]
    const zeros = Array.from({ length: 32 }, (_, count) => Buffer.concat([Buffer.alloc(count), randomBytes(32 - count)]))
    const chance = Array.from({ length: 500 }, () => randomBytes(32))
    for (const bytes of [...edges, ...zeros, ...chance]) {
      const text = tokenOfBytes('refresh_token', bytes).reveal()
      assert.equal(text.length, 'lw_rt_'.length + 49)
      assert.deepEqual(bytesOf(bodyOf(text)), bytes)
      assert.ok(parseToken('refresh_token', text))
    }
    assert.ok(62n ** 43n > 2n ** 256n, '43 digits are enough for 256 bits')
    for (const length of [0, 31, 33]) assert.throws(() => tokenOfBytes('refresh_token', Buffer.alloc(length)), RangeError)
  })

  it('K1: 256 bits of chance: each bit of the minted bytes is set about half of the time, and no two secrets are alike', () => {
    const count = 2000
    const set = new Array<number>(256).fill(0)
    const seen = new Set<string>()
    for (let n = 0; n < count; n++) {
      const text = mintKey('sk', 'live', 'lw').reveal()
      seen.add(text)
      const bytes = bytesOf(bodyOf(text))
      assert.equal(bytes.length, SECRET_BYTES)
      for (let bit = 0; bit < 256; bit++) set[bit] = (set[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1)
    }
    assert.equal(seen.size, count)
    const sigma = Math.sqrt(count) / 2
    for (const [bit, ones] of set.entries()) assert.ok(Math.abs(ones - count / 2) < 6 * sigma, `bit ${bit}: ${ones} of ${count}`)
  })

  it('K2: the last digits of the body are evenly spread over all 62 (no modulo bias)', () => {
    const counts = new Map<string, number>()
    for (let n = 0; n < 6200; n++) {
      const digit = base62OfBytes(randomBytes(32), 43).slice(-1)
      counts.set(digit, (counts.get(digit) ?? 0) + 1)
    }
    assert.equal(counts.size, 62)
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)
    assert.ok(chiSquare < 140, `chi-square with 61 degrees of freedom: ${chiSquare}`) // p < 1e-7
  })

  it('K2: the checksum is CRC-32 over all before it, so any one changed character is found', () => {
    const text = mintKey('sk', 'live', 'lw').reveal()
    let crc = crc32(text.slice(0, -6))
    let digits = ''
    for (let place = 0; place < 6; place++) {
      digits = DIGITS.charAt(crc % 62) + digits
      crc = Math.floor(crc / 62)
    }
    assert.equal(text.slice(-6), digits)
    for (let at = 0; at < text.length; at++)
      for (const to of ['0', 'z', 'A', '_', '-', ' ']) {
        if (text[at] === to) continue
        assert.equal(parseCredential(changed(text, at, to)), undefined, `character ${at} → "${to}"`)
      }
    for (let at = 0; at + 1 < text.length; at++) {
      if (text[at] === text[at + 1]) continue
      assert.equal(parseCredential(text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)), undefined, `${at} and its neighbour swapped`)
    }
  })

  it('K2 4.8: test edited to live, and every other prefix on the same tail, is refused by checksum', () => {
    const test = mintKey('sk', 'test', 'lw').reveal()
    assert.equal(parseCredential(test.replace('_test_', '_live_')), undefined)
    const tail = test.slice(-49)
    const prefixes = [...kinds.flatMap((kind) => environments.map((environment) => `${kind}_${environment}_lw_`)), ...Object.values(tokenPrefixes)]
    const accepted = prefixes.filter((prefix) => parseCredential(prefix + tail) !== undefined)
    assert.deepEqual(accepted, ['sk_test_lw_'])
  })

  it('K2: read from the right by fixed width: every prefix, suffix and insertion is refused', () => {
    for (const text of [mintKey('pat', 'live', 'acme').reveal(), mintToken('access_token').reveal()]) {
      for (let length = 0; length < text.length; length++) {
        assert.equal(parseCredential(text.slice(0, length)), undefined)
        assert.equal(parseCredential(text.slice(text.length - length)), undefined)
      }
      for (const extra of ['0', ' ', '\n', '\0', '=', '_', 'é'])
        for (const longer of [text + extra, extra + text]) assert.equal(parseCredential(longer), undefined)
    }
  })

  it('K2: a well-formed tail does not make a credential of a prefix that is none', () => {
    const seal = (prefix: string): string => prefix + '0'.repeat(43) + checksumOf(prefix + '0'.repeat(43))
    assert.ok(parseCredential(seal('sk_live_lw_')))
    for (const prefix of [
      'sk_live_LW_',
      'sk_live_l_',
      'sk_live_toolong_',
      'sk_prod_lw_',
      'SK_live_lw_',
      'xk_live_lw_',
      'sk_live__',
      'sk_live_lw',
      'lw_xx_',
      'lw_at',
      '_',
      'sk_live_l\u0131_',
      'lw_at_\n',
    ])
      assert.equal(parseCredential(seal(prefix)), undefined, JSON.stringify(prefix))
    for (const other of tokenKinds) if (other !== 'access_token') assert.equal(parseToken('access_token', mintToken(other).reveal()), undefined)
  })

  it('R6: nothing longer than 512 bytes is a credential, and length costs nothing', () => {
    assert.equal(MAX_CREDENTIAL_BYTES, 512)
    const long = mintKey('sk', 'live', 'lw').reveal() + 'a'.repeat(10_000_000)
    const began = performance.now()
    assert.equal(parseCredential(long), undefined)
    assert.ok(performance.now() - began < 50)
    for (const length of [49, 50, 511, 512, 513, 100_000]) assert.equal(parseCredential('a'.repeat(length)), undefined)
  })

  it('K2: one word on double-click: letters, digits and underscores only', () => {
    for (const kind of kinds) assert.match(mintKey(kind, 'live', 'lw').reveal(), /^\w+$/)
    for (const kind of tokenKinds) assert.match(mintToken(kind).reveal(), /^\w+$/)
  })

  it('K2: the brand stands where other scanners stop reading, so that none takes the key for another vendor’s', () => {
    const text = mintKey('sk', 'live', 'lw').reveal()
    assert.doesNotMatch(text, /(sk|rk)_(test|live|prod)_[a-zA-Z0-9]{10,99}/)
    assert.doesNotMatch(text, /[rs]k_live_[a-zA-Z0-9]{20,30}/)
  })
})

describe('what is kept and shown of a credential', () => {
  it('K3: the digest is SHA-256 of the whole text, base64url', () => {
    assert.equal(digestOf('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })

  it('K12: first 8 and last 4 characters and no more; nothing of what is too short to hide', () => {
    const text = mintKey('sk', 'live', 'lw').reveal()
    assert.equal(fingerprintOf(text), `sk_live_…${text.slice(-4)}`)
    assert.equal(mintKey('pat', 'test', 'lw').fingerprint.length, 13)
    for (const short of ['', 'a', 'sixteen letters!']) assert.equal(fingerprintOf(short), '…')
  })

  it('R8: redaction finds every credential of ours in any text, and leaves the rest', () => {
    const secrets = [...kinds.flatMap((kind) => environments.map((environment) => mintKey(kind, environment, 'lw'))), ...tokenKinds.map(mintToken)].map(
      (secret) => secret.reveal(),
    )
    for (const secret of secrets)
      for (const [before, after] of [
        ['', ''],
        ['"', '"'],
        ['Bearer ', ','],
        ['key=', '&x=1'],
        ['/', '/'],
        ['(', ')'],
        ['é', 'é'],
      ]) {
        const redacted = redactCredentials(`${before}${secret}${after}`)
        assert.equal(redacted, `${before}${fingerprintOf(secret)}${after}`)
      }
    assert.equal(redactCredentials(secrets.join('\n')).match(CREDENTIAL_PATTERN), null)
    assert.equal(redactCredentials('sk_live_lw_ is how ours begin'), 'sk_live_lw_ is how ours begin')
  })

  it('R8: redaction also finds a credential that is glued to other words', () => {
    const secret = mintToken('client_secret').reveal()
    for (const text of [`x${secret}`, `${secret}x`, `_${secret}_`, `app:${secret}${secret}`, `%20${secret}%20`]) {
      assert.deepEqual(leaks(secret, redactCredentials(text)), [])
    }
    for (let length = 13; length < secret.length; length++)
      assert.deepEqual(leaks(secret, redactCredentials(`cut: ${secret.slice(0, length)}`)), [], `${length}`)
  })
})
