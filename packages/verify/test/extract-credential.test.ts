/** Whatever arrives, the answer is a principal or a typed refusal. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, Refusal } from '@latchwork/kernel'
import { fromFetchRequest, isLoopbackAddress } from '@latchwork/verify'
import { bearing, keyRecord, refused, startCore } from './core.ts'

/** Mulberry32: chance that can be repeated. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

describe('extraction', () => {
  it('K16: where keys of other systems were imported, a Bearer of any visible ASCII is looked up, in every carrier alike', async () => {
    const core = startCore({}, { acceptsForeign: () => true })
    const forms = ['key:with$every!sign"of\\{ascii}', 'aws|AKIA,secret;#1@host', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', 'a=b=c=d=e=f=g=h=i', '=================']
    for (const [index, form] of forms.entries()) {
      core.records.set(digestOf(form), { asOf: 0, record: keyRecord('sk_live_lw_x', `key_${index}`) })
      for (const headers of [{ authorization: `Bearer ${form}` }, { authorization: `bearer  ${form}` }, { 'x-api-key': form }])
        assert.equal((await core.authenticate(bearing('', { headers }))).subject, `key_${index}`, form)
    }
    const reads = core.reads()
    const [form = ''] = forms
    for (const text of [`${form} x`, `${form}\t`, `${form}é`, `${form}\u007f`, `${form}, Bearer ${form}`, 'short', '', `${form}${'x'.repeat(500)}`])
      await refused(core.authenticate(bearing(text)), 'credential_malformed')
    assert.equal(core.reads(), reads)
    const strict = startCore()
    for (const text of forms) await refused(strict.authenticate(bearing(text)), 'credential_malformed')
    assert.equal(strict.reads(), 0)
  })

  it('R6: 20,000 fuzzed headers give typed refusals of 4xx, and nothing else (12.5)', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    const random = chance(8420)
    const pieces = [
      'Bearer',
      'bearer ',
      'Basic ',
      ' ',
      '\t',
      ',',
      '=',
      '.',
      '..',
      '"',
      '\u0000',
      'é',
      '\ud800',
      key,
      key.slice(5),
      'eyJhbGciOiJub25lIn0',
      'e30',
      'lw_at_',
      '%',
      '{}',
      '[]',
      '__proto__',
    ]
    const text = () => Array.from({ length: Math.floor(random() * 6) }, () => pieces[Math.floor(random() * pieces.length)]).join('')
    let refusals = 0
    for (let round = 0; round < 20_000; round++) {
      const header = random() < 0.1 ? [text(), text()] : text()
      const name = random() < 0.7 ? 'authorization' : random() < 0.5 ? 'x-api-key' : 'cookie'
      const request = bearing('', { headers: { [name]: header }, url: random() < 0.1 ? `/?${text()}` : '/' })
      const outcome = await core.authenticate(request, { cookie: 'key' }).catch((error: unknown) => error)
      if (outcome instanceof Refusal) {
        refusals++
        assert.ok(outcome.status >= 400 && outcome.status < 500, `${outcome.code} for ${JSON.stringify(request)}`)
      } else assert.equal((outcome as { credentialId?: string }).credentialId, 'key_1', `${outcome} for ${JSON.stringify(request)}`)
    }
    assert.ok(refusals > 15_000 && refusals < 20_000)
  })

  it('R6: long headers and queries take no time', async () => {
    const core = startCore()
    const startedAt = performance.now()
    await refused(core.authenticate(bearing('=', { headers: { authorization: `Bearer ${'a'.repeat(5_000_000)} ` } })), 'credential_malformed')
    await refused(core.authenticate(bearing('=', { headers: { authorization: `Bearer${' '.repeat(8000)}` } })), 'credential_malformed')
    await refused(core.authenticate(bearing('=', { headers: {}, url: `/?${'sk_live_lw_'.repeat(10_000)}` })), 'credential_missing')
    assert.ok(performance.now() - startedAt < 500)
  })

  it('K13: the refusal of a credential in the query does not repeat it', async () => {
    const core = startCore()
    const key = core.addKey('key_1')
    for (const url of [`/?${key}`, `/?k=${key}`, `/?${key}=1`]) {
      const refusal = await refused(core.authenticate(bearing(key, { url })), 'credential_in_query')
      assert.ok(!JSON.stringify([refusal.message, refusal.detail, refusal.reason]).includes(key.slice(8, 20)))
    }
  })

  it('V5: web-standard requests: the scheme of the address, and the peer as handed in', async () => {
    const core = startCore({ development: true })
    const headers = { authorization: `Bearer ${core.addKey('key_1')}` }
    await core.authenticate(fromFetchRequest(new Request('https://api.example.com/notes?x=1', { headers })))
    await core.authenticate(fromFetchRequest(new Request('http://api.example.com/', { headers }), { remoteAddress: '127.0.0.1' }))
    await refused(core.authenticate(fromFetchRequest(new Request('http://localhost/', { headers }))), 'transport_insecure')
    await refused(core.authenticate(fromFetchRequest(new Request('http://localhost/', { headers }), { remoteAddress: '10.0.0.1' })), 'transport_insecure')
    const twice = new Headers(headers)
    twice.append('authorization', headers.authorization)
    await refused(core.authenticate(fromFetchRequest(new Request('https://api.example.com/', { headers: twice }))), 'credential_malformed')
  })

  it('V5: what counts as this machine', () => {
    for (const address of ['127.0.0.1', '127.8.4.2', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1']) assert.ok(isLoopbackAddress(address), address)
    for (const address of ['', '10.0.0.1', '::', '::2', '::ffff:10.0.0.1', '127.0.0.1.evil.test', 'localhost', '1127.0.0.1', '0.0.0.0'])
      assert.ok(!isLoopbackAddress(address), address)
  })
})

describe('options', () => {
  const wrong: readonly [string, object][] = [
    ['issuer', { issuer: '' }],
    ['audience', { audience: '' }],
    ['audience', { audience: undefined }],
    ['environment', { environment: undefined }],
    ['environment', { environment: 'prod' }],
    ['leewaySeconds', { leewaySeconds: 61 }],
    ['leewaySeconds', { leewaySeconds: -1 }],
    ['leewaySeconds', { leewaySeconds: Number.NaN }],
    ['cacheSize', { cacheSize: 0 }],
    ['cacheSize', { cacheSize: Number.POSITIVE_INFINITY }],
    ['revocation', { revocation: 'never' }],
  ]
  for (const [name, options] of wrong) {
    it(`V1: ${JSON.stringify(options)} is refused by name, and switches nothing off`, () => {
      assert.throws(() => startCore(options), { name: 'TypeError', message: new RegExp(`^${name}:`) })
    })
  }
})
