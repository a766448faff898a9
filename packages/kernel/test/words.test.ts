import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { format, inspect } from 'node:util'
import {
  type CredentialRecord,
  covers,
  coversAll,
  deriveKey,
  digestOf,
  eventTypes,
  type IdKind,
  idPrefixes,
  isVisibleName,
  judgeCredential,
  MAX_SCOPES,
  mintToken,
  newId,
  parseScopes,
  Refusal,
  type RefusalCode,
  refusals,
  Secret,
} from '@latchwork/kernel'

const isRefusal = (code: RefusalCode) => (error: unknown) => error instanceof Refusal && error.code === code

describe('names', () => {
  it('R6 K3: 1 to 100 characters that are seen; a joiner where Persian, Hindi or an emoji needs it, and nowhere else', () => {
    const joined = [
      'علی\u200cرضا',
      'می\u200cخواهم',
      'क\u094d\u200dष',
      '👩\u200d👩\u200d👧',
      '👩🏽\u200d🚀 lab',
      '❤\ufe0f\u200d🔥',
      '🔑'.repeat(100),
      'x'.repeat(100),
    ]
    for (const name of joined) assert.ok(isVisibleName(name), name)
    const hidden = [
      '',
      '\u200d',
      'Ac\u200cme',
      'Acme\u200d',
      'а\u200dб',
      'علی\u200c',
      'علی\u200c\u200cرضا',
      '👩\u200d',
      '👩\u200d\u200d👩',
      'a\u202e',
      '🔑'.repeat(101),
      'x'.repeat(101),
    ]
    for (const name of hidden) assert.ok(!isVisibleName(name), JSON.stringify(name))
    assert.ok(!isVisibleName(mintToken('root_key').reveal()))
  })
})

describe('scopes', () => {
  it('K7: words separated by single spaces, each once, in the order sent (RFC 6749 §3.3)', () => {
    assert.deepEqual(parseScopes(''), [])
    assert.deepEqual(parseScopes('b a b openid'), ['b', 'a', 'openid'])
    assert.deepEqual(parseScopes('notes:* !#$[]~'), ['notes:*', '!#$[]~'])
    const tooMany = Array.from({ length: MAX_SCOPES + 1 }, (_, n) => `s${n}`).join(' ')
    for (const text of [' ', 'a  b', ' a', 'a ', 'a\tb', 'a\nb', '"a"', 'a\\b', 'é', 'a\0', 'a'.repeat(129), tooMany])
      assert.throws(() => parseScopes(text), isRefusal('scope_invalid'), JSON.stringify(text))
    assert.equal(parseScopes('a'.repeat(128)).length, 1)
  })

  it('K7: what a granted scope covers', () => {
    const rows: [string, string, boolean][] = [
      ['notes:read', 'notes:read', true],
      ['notes:read', 'notes:write', false],
      ['notes:read', 'note:read', false],
      ['notes:*', 'notes:read', true],
      ['notes:*', 'notes:', true],
      ['notes:*', 'notesx:read', false],
      ['*:read', 'notes:read', true],
      ['*:read', 'notes:write', false],
      ['*:*', 'notes:read', true],
      ['*:*', 'openid', false],
      ['*', 'notes:read', false],
      ['notes', 'notes:read', false],
      ['notes:read', 'notes', false],
      ['notes:read', 'notes:*', false],
      ['notes:read', '*:read', false],
      ['notes:*', '*:*', false],
      ['*:*', '*:*', true],
      ['openid', 'openid', true],
      ['NOTES:read', 'notes:read', false],
      ['notes:read:all', 'notes:read', false],
      ['notes:*', 'notes:read:all', true],
    ]
    for (const [granted, needed, expected] of rows) assert.equal(covers([granted], needed), expected, `${granted} covers ${needed}`)
    assert.ok(coversAll(['a:read', 'b:*'], ['a:read', 'b:write']))
    assert.ok(!coversAll(['a:read'], ['a:read', 'b:write']))
    assert.ok(coversAll([], []))
  })
})

describe('the table of refusals', () => {
  it('V3: every row is whole: a status that fits, an OAuth error of its form, a title and a sentence', () => {
    for (const [code, row] of Object.entries(refusals)) {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/)
      assert.ok(row.status >= 400 && row.status < 600, code)
      assert.match(row.oauth, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, code) // RFC 6749 §5.2
      assert.match(row.mend, /[.?]$/, code)
      assert.match(new Refusal(code as RefusalCode).oauthDescription, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, code)
    }
    const odd = new Refusal('request_malformed', { detail: 'a "quoted" \\ line\nbreak, §3, é' })
    assert.equal(odd.oauthDescription, "a 'quoted' ' line?break, section 3, e")
  })

  it('V3: a 401 of a credential says invalid_token or, where none was sent, nothing more (RFC 6750 §3.1)', () => {
    for (const [code, row] of Object.entries(refusals))
      if (code.startsWith('credential_') && row.status === 401 && code !== 'credential_missing') assert.equal(row.oauth, 'invalid_token', code)
    assert.equal(refusals.scope_insufficient.status, 403)
    assert.equal(refusals.scope_insufficient.oauth, 'insufficient_scope')
  })

  it('R3: every 503 says when to come back', () => {
    for (const code of Object.keys(refusals) as RefusalCode[]) {
      const refusal = new Refusal(code)
      assert.equal(refusal.retryAfterSeconds !== undefined, refusal.status === 503, code)
      assert.equal(refusal.status, refusals[code].status)
    }
  })

  it('R8: reason and cause stay inside: the message holds only what may be told', () => {
    const refusal = new Refusal('sign_in_failed', { reason: 'wrong_password', cause: new Error('inner') })
    assert.doesNotMatch(refusal.message, /wrong_password|inner/)
    assert.equal(refusal.detail, refusals.sign_in_failed.mend)
  })
})

describe('ids', () => {
  it('E1: an id says what it is, sorts by time, and is not alike another', () => {
    const now = Date.UTC(2026, 10, 24)
    for (const kind of Object.keys(idPrefixes) as IdKind[]) assert.match(newId(kind, now), new RegExp(`^${idPrefixes[kind]}_[0-9A-Za-z]{22}$`))
    assert.equal(new Set(Object.values(idPrefixes)).size, Object.values(idPrefixes).length)
    const ids = Array.from({ length: 5000 }, () => newId('event', now))
    assert.equal(new Set(ids).size, ids.length)
    for (let step = 1; step < 1e13; step *= 7) assert.ok(newId('event', now) < newId('event', now + step))
  })
})

describe('Secret', () => {
  const secret = mintToken('refresh_token')

  it('R8: printing, serialising, joining, inspecting or logging it shows its fingerprint at most', () => {
    const middle = secret.reveal().slice(8, -4)
    const error = new Error('x', { cause: { secret } })
    for (const shown of [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret, list: [secret] }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
      inspect(error, { depth: 9 }),
      format('%s %o %O %j', secret, secret, secret, secret),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ ...secret })),
      [secret].join(),
    ])
      for (let at = 0; at + 5 <= middle.length; at++) assert.ok(!shown.includes(middle.slice(at, at + 5)), shown)
    assert.equal(secret.fingerprint.length, 13)
    assert.equal(new Secret('short').fingerprint, '…')
  })
})

describe('keys derived from the server’s secret', () => {
  it('E7: one purpose, one key; the length is checked', () => {
    const root = Buffer.alloc(32, 9)
    const purposes = ['signing keys at rest', 'refresh successors', 'form tokens', 'reauthentication'] as const
    const keys = purposes.map((purpose) => deriveKey(root, purpose).toString('hex'))
    assert.equal(new Set(keys).size, purposes.length)
    for (const key of keys) assert.equal(key.length, 64)
    assert.notEqual(deriveKey(Buffer.alloc(32, 8), 'form tokens').toString('hex'), deriveKey(root, 'form tokens').toString('hex'))
    for (const length of [0, 16, 31, 33]) assert.throws(() => deriveKey(Buffer.alloc(length), 'form tokens'), RangeError)
  })
})

describe('judging a credential', () => {
  const now = 1_000_000
  const principal = {
    mechanism: 'oauth',
    subject: 'usr_1',
    environment: 'live',
    scopes: [],
    audience: ['https://api.example'],
    credentialId: 'tok_1',
    fingerprint: '',
    expiresAt: now + 1000,
  } as const
  const record: CredentialRecord = { principal, alive: true, notBefore: now - 1000, livesBy: [] }

  it('V1: the first reason against it counts: ended, too early, too late, environment, audience', () => {
    const here = { now, expectedEnvironment: 'live', expectedAudience: 'https://api.example' } as const
    assert.equal(judgeCredential(record, here), 'alive')
    assert.equal(judgeCredential({ ...record, alive: false, notBefore: now + 1 }, here), 'revoked')
    assert.equal(judgeCredential({ ...record, notBefore: now + 1, principal: { ...principal, expiresAt: now } }, here), 'not_yet_valid')
    assert.equal(judgeCredential({ ...record, notBefore: now }, here), 'alive')
    assert.equal(judgeCredential(record, { ...here, now: now + 999 }), 'alive')
    assert.equal(judgeCredential(record, { ...here, now: now + 1000, expectedEnvironment: 'test' }), 'expired')
    assert.equal(judgeCredential(record, { ...here, expectedEnvironment: 'test', expectedAudience: 'https://other.example' }), 'wrong_environment')
    assert.equal(judgeCredential(record, { ...here, expectedAudience: 'https://other.example' }), 'wrong_audience')
    assert.equal(judgeCredential(record, { now }), 'alive')
    assert.equal(judgeCredential({ ...record, principal: { ...principal, audience: [] } }, here), 'alive')
  })
})

describe('words of the event log', () => {
  it('E1: each type is a thing and what became of it, and has a sentence', () => {
    for (const [type, sentence] of Object.entries(eventTypes)) {
      assert.match(type, /^[a-z_]+\.[a-z_]+$/)
      assert.match(sentence, /^[A-Z].+[^.]$/)
    }
    assert.equal(digestOf('x').length, 43)
  })
})
