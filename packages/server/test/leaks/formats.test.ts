import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  type CredentialFormat,
  credentialFormats,
  type Environment,
  gitleaksRules,
  type KeyKind,
  keyKinds,
  mintKey,
  mintToken,
  parseCredential,
  type TokenKind,
  tokenPrefixes,
  trufflehogRules,
} from '@latchwork/kernel'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'

const keys = Object.keys(keyKinds) as KeyKind[]
const tokens = Object.keys(tokenPrefixes) as TokenKind[]
const environments: readonly Environment[] = ['live', 'test']

/** One credential of each kind and environment, with the kind its format has. */
function oneOfEach(brand: string): readonly (readonly [string, string])[] {
  return [
    ...keys.flatMap((kind) => environments.map((environment) => [kind, mintKey(kind, environment, brand).reveal()] as const)),
    ...tokens.map((kind) => [kind, mintToken(kind).reveal()] as const),
  ]
}

const find = (format: Pick<CredentialFormat, 'pattern'>, text: string): string | undefined => new RegExp(format.pattern).exec(text)?.[0]

/** Patterns of a rule file, as its scanner reads them. */
const patternsIn = (file: string): readonly string[] => [...file.matchAll(/^(?:regex = '''| {6}credential: ')(.+?)'+$/gm)].map(([, pattern = '']) => pattern)

/** What others look for, and would try at another vendor. */
const publicRules = {
  'gitleaks and Betterleaks, Stripe': /\b((?:sk|rk)_(?:test|live|prod)_[a-zA-Z0-9]{10,99})(?:[\x60'"\s;]|\\[nr]|$)/,
  'the same without its boundaries': /(sk|rk)_(test|live|prod)_[a-zA-Z0-9]{10,99}/,
  'TruffleHog, Stripe': /[rs]k_live_[a-zA-Z0-9]{20,30}/,
  'GitHub, tokens': /gh[pousr]_[0-9a-zA-Z]{36}/,
  'GitHub, fine-grained': /github_pat_\w{82}/,
  'OpenAI and the like': /sk-[a-zA-Z0-9]{20,}/,
}

const foreign = [
  `sk_live_${'a'.repeat(24)}`,
  `rk_test_${'4eC39HqLyjWDarjtT1zdp7dc'.repeat(4)}`,
  `sk_live_${'a'.repeat(99)}`,
  `ghp_${'a'.repeat(36)}`,
  `github_pat_${'a'.repeat(22)}_${'b'.repeat(59)}`,
  `xoxb-${'1'.repeat(12)}-${'a'.repeat(24)}`,
  `AKIA${'A'.repeat(16)}`,
  `pk.${'e'.repeat(60)}`,
]

describe('formats of credentials', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { keys: { brand: 'acme' } } }))

  it('K2: each kind is found by its own pattern, whole, anywhere in a text, and by no other kind', () => {
    for (const brand of ['lw', 'acme', 'a1b2c3']) {
      const formats = credentialFormats(brand)
      assert.deepEqual([...formats.map(({ kind }) => kind)].sort(), [...keys, ...tokens].sort())
      for (const [kind, text] of oneOfEach(brand)) {
        for (const format of formats) {
          for (const around of [text, `key="${text}"`, `?k=%20${text}&b`, `${text}\n`, `a_${text}_b`])
            assert.equal(find(format, around), format.kind === kind ? text : undefined, `${format.kind} in ${around}`)
          if (format.kind === kind) assert.equal(text.length, format.length)
        }
      }
    }
  })

  it('K2: patterns mean the same in RE2, Go, JavaScript and Python: literals, one class, one count, one group that captures nothing', () => {
    for (const { pattern } of credentialFormats('lw')) assert.match(pattern, /^[a-z_]+(?:\(\?:live\|test\)_lw_)?\[0-9A-Za-z\]\{49\}$/)
  })

  it('K2: the examples are well-formed, made of zero bytes, and one for each beginning', () => {
    for (const { kind, pattern, prefixes, examples } of credentialFormats('acme')) {
      assert.equal(examples.length, prefixes.length)
      for (const [index, example] of examples.entries()) {
        assert.ok(example.startsWith(`${prefixes[index]}${'0'.repeat(43)}`))
        assert.equal(find({ pattern }, example), example)
        const parsed = parseCredential(example)
        assert.equal(parsed?.type === 'api_key' ? parsed.kind : parsed?.type, kind)
      }
    }
  })

  it('15.3, K2: our credentials escape the public rules of other vendors, and theirs escape ours', () => {
    for (let round = 0; round < 200; round++) {
      for (const [, text] of oneOfEach('lw')) {
        for (const [name, rule] of Object.entries(publicRules)) assert.doesNotMatch(text, rule, name)
      }
    }
    for (const text of foreign) for (const format of credentialFormats('lw')) assert.equal(find(format, text), undefined, `${format.kind}: ${text}`)
    // The rules themselves are awake.
    assert.match(`sk_live_${'a'.repeat(24)}`, publicRules['gitleaks and Betterleaks, Stripe'])
    assert.match(`rk_live_${'a'.repeat(24)}`, publicRules['TruffleHog, Stripe'])
  })

  it('15.3: look-alikes are refused by form, by length, or by the checksum that only our own scanner computes', () => {
    const [format] = credentialFormats('lw')
    assert.ok(format?.kind === 'sk')
    const real = mintKey('sk', 'live', 'lw').reveal()
    for (const text of [
      real.slice(0, -1),
      real.replace('_lw_', '_lx_'),
      real.replace('sk_', 'zk_'),
      real.replace('live', 'prod'),
      real.replace('_lw_', '_lw-'),
    ])
      assert.equal(find(format, text), undefined, text)
    let refused = 0
    for (let round = 0; round < 1000; round++) {
      const lookAlike = `sk_live_lw_${randomBytes(80)
        .toString('base64')
        .replaceAll(/[^0-9A-Za-z]/g, '')
        .slice(0, 49)}`
      if (find(format, lookAlike) !== lookAlike) continue
      if (parseCredential(lookAlike) === undefined) refused++
    }
    assert.ok(refused >= 990, `${refused} of 1000`)
  })

  it('K2, K15: /.well-known/latchwork-key-formats says it all, to any page, cacheable, with the configured brand', async () => {
    const latchwork = latchworkOf()
    const { status, headers, body } = await latchwork.call('GET', '/.well-known/latchwork-key-formats')
    assert.equal(status, 200)
    assert.match(headers.get('cache-control') ?? '', /^public, max-age=\d+$/)
    assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(body.brand, 'acme')
    assert.equal(body.maxBytes, 512)
    assert.match(body.advice, /512 bytes/)
    assert.match(body.checksum, /CRC-32/)
    assert.deepEqual(
      body.formats,
      credentialFormats('acme')
        .map(({ isSecret, ...rest }) => ({ ...rest, secret: isSecret }))
        .map(({ kind, name, secret, prefixes, pattern, length, examples }) => ({ kind, name, secret, prefixes, pattern, length, examples })),
    )
    const issued = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'sk', environment: 'live', name: 'x', scopes: [] })
    const published = body.formats.find(({ kind }: { kind: string }) => kind === 'sk')
    assert.equal(find(published, issued.secret.reveal()), issued.secret.reveal())
  })

  it('K15: the rule files are served, hold the published patterns of every secret kind, and leave publishable keys alone', async () => {
    const latchwork = latchworkOf()
    const secrets = credentialFormats('acme').filter(({ isSecret }) => isSecret)
    assert.equal(secrets.length, keys.length + tokens.length - 1)
    for (const [name, made] of [
      ['gitleaks.toml', gitleaksRules('acme')],
      ['trufflehog.yaml', trufflehogRules('acme')],
    ] as const) {
      const { status, headers, body } = await latchwork.call('GET', `/.well-known/latchwork-key-formats/${name}`)
      assert.equal(status, 200)
      assert.equal(headers.get('access-control-allow-origin'), '*')
      assert.equal(body, made)
      assert.deepEqual(
        patternsIn(made),
        secrets.map(({ pattern }) => pattern),
      )
      for (const { prefixes } of secrets) for (const prefix of prefixes) assert.ok(made.includes(prefix), prefix)
      const publishable = mintKey('pk', 'live', 'acme').reveal()
      for (const pattern of patternsIn(made)) assert.equal(find({ pattern }, publishable), undefined)
    }
  })
})
