import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyKinds, mintKey, mintToken, tokenPrefixes } from '@latchwork/kernel'
import { entropyRule, plainRules, rules, type ScanOptions, scan, vendorRules } from '../src/index.ts'
import { sampleOf, seeded } from './samples.ts'

async function rulesIn(text: string | Buffer, options: ScanOptions = {}): Promise<readonly string[]> {
  const pieces = (async function* () {
    yield Buffer.from(text as string)
  })()
  const { findings } = await scan([{ kind: 'stream', name: 'text', pieces }], options)
  return findings.map(({ rule }) => rule)
}

/** How secrets stand in files. */
const SETTINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `const key = '${text}'\n`,
  (text) => `{"a": 1, "b": "${text}"}`,
  (text) => `  run: curl -H "Authorization: Bearer ${text}" https://api.example.org/\n`,
  (text) => `https://example.org/?q=%20${text}&more=1`,
  (text) => `"first line\\n${text}\\n"`,
  (text) => `${'x '.repeat(5000)}${text} ${'y '.repeat(5000)}`,
]

describe('rules', () => {
  it("A4: are at least 40 vendors' formats, each with an id of its own", () => {
    assert.ok(vendorRules.length >= 60, `${vendorRules.length}`)
    assert.ok(new Set(vendorRules.map(({ vendor }) => vendor)).size >= 40)
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length)
  })

  for (const rule of [...vendorRules, ...plainRules.filter(({ id }) => id === 'password-in-url')]) {
    it(`A4: ${rule.id} is found wherever it stands, and what only looks like it is not`, async () => {
      for (let round = 0; round < 10; round++) {
        const sample = sampleOf(rule, `${rule.id} ${round}`)
        for (const setting of SETTINGS) assert.deepEqual(await rulesIn(setting(sample)), [rule.id], setting(sample).slice(0, 300))
      }
      const sample = sampleOf(rule)
      const secret = new RegExp(rule.pattern, rule.ignoresCase ? 'i' : '').exec(sample)?.[1] ?? sample
      const middle = Math.floor(secret.length / 2)
      const broken = sample.replace(secret, `${secret.slice(0, middle)} ${secret.slice(middle)}`)
      const flat = sample.replace(secret.slice(-16), 'A'.repeat(16))
      const example = sample.replace(secret.slice(-7), 'EXAMPLE')
      for (const wrong of [broken, flat, example, sample.slice(0, Math.floor(sample.length / 3))]) assert.deepEqual(await rulesIn(wrong), [], wrong)
      if (rule.isTextOnly !== true && rule.standsAnywhere !== true) assert.deepEqual(await rulesIn(`Z${sample}`), [], 'glued to a word')
    })
  }

  it('A4: every kind of ours with a right checksum is found, of any brand, glued to anything', async () => {
    const all = [
      ...(Object.keys(keyKinds) as (keyof typeof keyKinds)[]).filter((kind) => kind !== 'pk').map((kind) => mintKey(kind, 'live', 'zz9')),
      ...(Object.keys(tokenPrefixes) as (keyof typeof tokenPrefixes)[]).map(mintToken),
    ].map((secret) => secret.reveal())
    for (const text of all) {
      for (const setting of [...SETTINGS, (one: string) => `abc${one}xyz`]) assert.deepEqual(await rulesIn(setting(text)), ['latchwork-credential'])
      const last = text.at(-1) === 'a' ? 'b' : 'a'
      assert.deepEqual(await rulesIn(text.slice(0, -1) + last), [], 'a wrong checksum')
      assert.deepEqual(await rulesIn(text.slice(0, -1)), [], 'cut')
    }
  })

  it('A4: publishable keys and published examples are no leak', async () => {
    assert.deepEqual(await rulesIn(mintKey('pk', 'live', 'lw').reveal()), [])
    const { credentialFormats } = await import('@latchwork/kernel')
    for (const { examples } of credentialFormats('lw')) for (const example of examples) assert.deepEqual(await rulesIn(example), [])
  })

  it('A4: a private key is found by what stands behind its header', async () => {
    const random = seeded('pem')
    const body = Array.from({ length: 64 }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[Math.floor(random() * 64)]).join('')
    const dashes = '-'.repeat(5)
    for (const kind of ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ']) {
      assert.deepEqual(await rulesIn(`${dashes}BEGIN ${kind}PRIVATE KEY${dashes}\n${body}\n`), ['private-key'])
      assert.deepEqual(await rulesIn(`key: "${dashes}BEGIN ${kind}PRIVATE KEY${dashes}\\n${body}\\n"`), ['private-key'])
    }
    assert.deepEqual(await rulesIn(`if (text.startsWith('${dashes}BEGIN PRIVATE KEY${dashes}')) parse(text)`), [])
    assert.deepEqual(await rulesIn(`${dashes}BEGIN PUBLIC KEY${dashes}\n${body}\n`), [])
  })

  it('A4: with --entropy, what is called a secret and looks random is found, and words, paths and code are not', async () => {
    const random = 'q7Zr2Lm9Xv4Bt6Nw8Kd3'
    for (const text of [`client_secret = "${random}"`, `{"password":"${random}"}`, `API_KEY: ${random}`, `db.token=${random}`]) {
      assert.deepEqual(await rulesIn(text, { findsEntropy: true }), [entropyRule.id], text)
      assert.deepEqual(await rulesIn(text), [], 'an option')
    }
    for (const text of [
      'token = parseTokenFromHeader(request)',
      'password: "correct horse battery"',
      'secret = config.security.session.secret',
      'api_key = "YOUR_API_KEY_12345678"',
    ]) {
      assert.deepEqual(await rulesIn(text, { findsEntropy: true }), [], text)
    }
  })

  it("A4: a vendor's format wins over the name it is assigned to", async () => {
    const npm = vendorRules.find(({ id }) => id === 'npm-token')
    assert.ok(npm)
    assert.deepEqual(await rulesIn(`token = "${sampleOf(npm)}"`, { findsEntropy: true }), ['npm-token'])
  })

  it('A4: finds are seen at every place of the window, once each', async () => {
    const key = mintKey('sk', 'live', 'lw').reveal()
    const around = 512 * 1024
    for (const place of [around - 2200, around - 2048, around - 100, around - 61, around - 30, around - 1, around, around + 1, 2 * around - 40]) {
      assert.deepEqual(await rulesIn(`${'x'.repeat(place - 1)} ${key} ${'y'.repeat(700_000)}`), ['latchwork-credential'], `${place}`)
    }
  })

  it('A4: finds in UTF-16, with and without a mark, and in binary files', async () => {
    const key = mintKey('sk', 'live', 'lw').reveal()
    const wide = Buffer.from(`set key=${key}\r\n`, 'utf16le')
    assert.deepEqual(await rulesIn(Buffer.concat([Buffer.from([0xff, 0xfe]), wide])), ['latchwork-credential'])
    assert.deepEqual(await rulesIn(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(wide).swap16()])), ['latchwork-credential'])
    for (const shift of [1, 2, 3, 7, 16, 17]) {
      assert.deepEqual(
        await rulesIn(Buffer.concat([Buffer.alloc(shift, 0), Buffer.from([1, 2, 0, 3]), wide, Buffer.alloc(9)])),
        ['latchwork-credential'],
        `${shift}`,
      )
      assert.deepEqual(await rulesIn(Buffer.concat([Buffer.alloc(shift), Buffer.from(`9${key}\0`), Buffer.alloc(9)])), ['latchwork-credential'])
    }
  })
})
