import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { digestOf, parseCredential } from '@latchwork/kernel'
import { calculateJwkThumbprint } from 'jose'
import { challengeOf, drawPassphrase, drawPkce, secretForms } from '../src/generate/draw.ts'
import { keyPairAlgorithms, thumbprintOf } from '../src/generate/key-pair.ts'
import { readWords } from '../src/generate/words.ts'
import { run } from '../src/run.ts'
import { folder, latchwork, latchworkProcess } from './latchwork.ts'

/** Pearson's statistic against all alike; its mean is the number of values less one, its variance twice that. */
function standsOut(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return (statistic - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1))
}

const counted = (values: Iterable<string>, all: readonly string[]): readonly number[] => {
  const counts = new Map(all.map((value) => [value, 0]))
  for (const value of values) counts.set(value, (counts.get(value) ?? Number.NaN) + 1)
  return [...counts.values()]
}

describe('generate secret', () => {
  const alphabets = { base64url: /^[\w-]+$/, hex: /^[0-9a-f]+$/, base62: /^[0-9A-Za-z]+$/ }
  it('C3: of every strength from 64 to 600 bits and in every form is at least as strong as asked, and hardly longer', () => {
    for (let bits = 64; bits <= 600; bits++) {
      for (const [form, draw] of Object.entries(secretForms)) {
        const drawn = draw(bits)
        assert.match(drawn.text, alphabets[form as keyof typeof alphabets])
        assert.ok(drawn.bits >= bits && drawn.bits < bits + 8, `${form} ${bits}: ${drawn.bits}`)
        assert.notEqual(drawn.text, draw(bits).text)
      }
    }
    assert.equal(secretForms.base62(256).text.length, 43)
  })

  it('C3: is drawn from all digits alike', () => {
    const digits = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
    const found = standsOut(counted(secretForms.base62(6_000_000 / 10).text, digits))
    assert.ok(Math.abs(found) < 6, `${found} standard deviations`)
  })

  it('C3: says its strength beside it, in a file of mode 600 if told, and takes no nonsense', async (t) => {
    const cwd = folder(t)
    const { out, err } = await latchworkProcess(['generate', 'secret', '--bits', '128', '--form', 'hex'])
    assert.match(out, /^[0-9a-f]{32}\n$/)
    assert.equal(err, '128 bits of entropy.\n')
    const written = await latchwork(['generate', 'secret', '--out', 's', '--json'], { cwd })
    assert.deepEqual(JSON.parse(written.out), { bits: 256, secretFile: 's' })
    assert.equal(statSync(join(cwd, 's')).mode & 0o777, 0o600)
    assert.equal((await latchwork(['generate', 'secret', '--out', 's'], { cwd })).code, 1)
    for (const wrong of [
      ['--bits', '8'],
      ['--bits', '1e3x'],
      ['--form', 'base63'],
    ])
      assert.equal((await latchwork(['generate', 'secret', ...wrong])).code, 2)
  })
})

describe('generate passphrase', () => {
  const words = readWords()
  it('C3: the list has 7776 different words, and joined by dashes no two draws look alike', () => {
    assert.equal(new Set(words).size, 6 ** 5)
    const known = new Set(words)
    const compound = words.filter((word) => word.includes('-'))
    for (const word of compound) assert.ok(!word.split('-').every((part) => known.has(part)), word)
    for (const word of words) assert.match(word, /^[a-z]+(-[a-z]+)?$/)
  })

  it('C3: its words are drawn alike, and its entropy is told as log2 of the list a word', async () => {
    const drawn = drawPassphrase(words, 400_000, ' ').text.split(' ')
    const found = standsOut(counted(drawn, words))
    assert.ok(Math.abs(found) < 6, `${found} standard deviations`)
    const { out, err } = await latchwork(['generate', 'passphrase', '--bits', '128', '--separator', 'space'])
    assert.equal(out.trim().split(' ').length, 10)
    assert.match(err, /^129\.2 bits of entropy\.$/m)
    const told = JSON.parse((await latchwork(['generate', 'passphrase', '--json'])).out) as { bits: number; words: number }
    assert.deepEqual([told.bits, told.words], [90.4, 7])
    assert.equal((await latchwork(['generate', 'passphrase', '--words', '3'])).code, 2)
  })
})

describe('generate api-key', () => {
  it('C3: has the form of our keys and their checksum; its digest goes into an import', async () => {
    const told = JSON.parse((await latchwork(['generate', 'api-key', '--kind', 'rk', '--environment', 'live', '--brand', 'acme', '--json'])).out)
    const parsed = parseCredential(told.secret)
    assert.ok(parsed?.type === 'api_key' && parsed.kind === 'rk' && parsed.environment === 'live' && parsed.brand === 'acme')
    assert.equal(told.digest, digestOf(told.secret))
  })
})

describe('generate pkce', () => {
  it('C3: the challenge is that of RFC 7636, appendix B; verifiers have 43 characters of the right kind', async () => {
    assert.equal(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
    for (let round = 0; round < 200; round++) assert.match(drawPkce().verifier, /^[\w-]{43}$/)
    const told = JSON.parse((await latchwork(['generate', 'pkce', '--json'])).out)
    assert.equal(told.code_challenge, challengeOf(told.code_verifier))
  })
})

describe('generate key-pair', () => {
  it('C3: the thumbprint is that of RFC 7638 §3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    assert.equal(thumbprintOf({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  for (const algorithm of keyPairAlgorithms) {
    it(`C3: ${algorithm}: the private key in a file of mode 600, the public one on standard output; both fit, in JWK and PEM`, async (t) => {
      const cwd = folder(t)
      const made = await latchwork(['generate', 'key-pair', '--alg', algorithm, '--out', 'k.jwk'], { cwd })
      assert.equal(made.code, 0, made.err)
      const [secret, open] = [JSON.parse(readFileSync(join(cwd, 'k.jwk'), 'utf8')), JSON.parse(made.out)]
      assert.equal(statSync(join(cwd, 'k.jwk')).mode & 0o777, 0o600)
      assert.equal(open.d, undefined)
      assert.ok(!`${made.out}${made.err}`.includes(secret.d))
      assert.deepEqual([open.kid, open.alg, open.use], [await calculateJwkThumbprint(open), algorithm, 'sig'])
      const pem = await latchwork(['generate', 'key-pair', '--alg', algorithm, '--format', 'pem', '--out', 'k.pem'], { cwd })
      const text = readFileSync(join(cwd, 'k.pem'), 'utf8')
      for (const [privateKey, publicKey] of [
        [createPrivateKey({ key: secret, format: 'jwk' }), createPublicKey({ key: open, format: 'jwk' })],
        [createPrivateKey(text), createPublicKey(pem.out)],
      ] as const) {
        const hash = algorithm === 'Ed25519' ? null : 'sha256'
        assert.ok(verify(hash, Buffer.from('x'), publicKey, sign(hash, Buffer.from('x'), privateKey)))
      }
    })
  }

  it('C3: the private key is not shown on a terminal unasked', async () => {
    const [out, err]: [string[], string[]] = [[], []]
    const terminal = {
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
      paint: (_style: unknown, text: string) => text,
      env: {},
      cwd: '/',
      isTerminal: true,
      isOutTerminal: true,
      readStdin: async () => '',
    }
    assert.equal(await run(['generate', 'key-pair'], terminal), 2)
    assert.deepEqual(out, [])
    assert.match(err.join(), /--out FILE/)
    assert.equal(await run(['generate', 'key-pair', '--show-secrets'], terminal), 0)
    assert.ok(JSON.parse(out.join()).d)
  })
})
