/** Session JWTs and everything that tries to pass for one (J3; the failures of other implementations that each guards against are named in the titles). */
import { constants, createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { base64url, goodClaims, goodHeader, goodPrincipal, type Mint, minter } from './mint-token.ts'
import { type KeyName, privateKeyOf, publicJwkOf, type SigningKeys } from './signing-keys.ts'
import { audience, early, expired, invalid, issuer, malformed, nowSeconds } from './world.ts'

export interface TokenVector {
  readonly name: string
  readonly token?: string
  /** In place of `token`, for long ones: pieces to be joined, each as often as it says. */
  readonly pieces?: readonly { readonly text: string; readonly times: number }[]
  readonly expect: object
}

const P256_ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const bytes32 = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const accepted = (changes: object = {}) => ({ principal: { ...goodPrincipal, ...changes } })

/** Tokens of an earlier making; the signatures of those whose signing input has not changed are kept. */
export function tokenVectors(keys: SigningKeys, before: readonly TokenVector[]): readonly TokenVector[] {
  const mint = minter(
    keys,
    before.flatMap(({ token }) => (token === undefined ? [] : [token])),
  )
  const groups = [
    good,
    algorithmSpellings,
    sharedSecrets,
    otherKeys,
    headerBrings,
    keyIds,
    types,
    times,
    claims,
    ambiguities,
    encodings,
    shapes,
    signatures,
    revoked,
    accessTokens,
    accessTokenClaims,
    accessTokensRevoked,
  ]
  return groups.flatMap((group) => group(mint, keys))
}

function good(mint: Mint): TokenVector[] {
  return [
    { name: 'ES256', token: mint(), expect: accepted() },
    { name: 'RS256', token: mint({ key: 'rs256', header: { alg: 'RS256' } }), expect: accepted() },
    { name: 'PS256', token: mint({ key: 'ps256', header: { alg: 'PS256' } }), expect: accepted() },
    { name: 'Ed25519 (RFC 9864)', token: mint({ key: 'ed25519', header: { alg: 'Ed25519' } }), expect: accepted() },
    { name: 'EdDSA (RFC 8037)', token: mint({ key: 'eddsa', header: { alg: 'EdDSA' } }), expect: accepted() },
    {
      name: 'aud is a list',
      token: mint({ claims: { aud: ['https://x.example', audience] } }),
      expect: accepted({ audience: ['https://x.example', audience] }),
    },
    { name: 'no scope', token: mint({ claims: { scope: undefined } }), expect: accepted({ scopes: [] }) },
    { name: 'empty scope', token: mint({ claims: { scope: '' } }), expect: accepted({ scopes: [] }) },
    { name: 'claims we do not know', token: mint({ claims: { toString: 1, nested: { deep: [[['x']]] } } }), expect: accepted() },
    { name: 'header members that change nothing (RFC 7515 §4)', token: mint({ header: { cty: 'x', x5t: 'x', note: {} } }), expect: accepted() },
    { name: 'letters outside ASCII', token: mint({ claims: { sub: 'usr_ñ—𝄞' } }), expect: accepted({ subject: 'usr_ñ—𝄞', userId: 'usr_ñ—𝄞' }) },
  ]
}

function algorithmSpellings(mint: Mint): TokenVector[] {
  const unsigned = ['none', 'None', 'NONE', 'nOnE', '', ' none'].flatMap((alg) => [
    { name: `alg "${alg}", no signature`, token: mint({ header: { alg }, signature: () => Buffer.alloc(0) }), expect: malformed },
    { name: `alg "${alg}", a signature`, token: mint({ header: { alg } }), expect: invalid },
  ])
  const spellings = ['es256', 'ES256 ', 'ES384', 'ES512', 'ES256K', 'PS256', 'RS512', 'HS256', 'dir', 'RSA1_5', 'PBES2-HS256+A128KW', '__proto__', 'toString']
  return [
    ...unsigned,
    ...spellings.map((alg) => ({ name: `alg "${alg}"`, token: mint({ header: { alg, p2c: 2 ** 31, p2s: 'AAAA' } }), expect: invalid })),
    ...[undefined, null, 0, true, ['ES256'], { ES256: 1 }].map((alg) => ({
      name: `alg is ${JSON.stringify(alg) ?? 'missing'}`,
      token: mint({ header: { alg } }),
      expect: invalid,
    })),
  ]
}

/** 11.1: the public key, in every form it is found in, taken for a shared secret. */
function sharedSecrets(mint: Mint, keys: SigningKeys): TokenVector[] {
  return (['es256', 'rs256', 'ed25519'] as const).flatMap((name) => {
    const key: KeyObject = createPublicKey(privateKeyOf(keys, name))
    const pem = key.export({ format: 'pem', type: 'spki' }).toString()
    const jwk = publicJwkOf(keys, name)
    const secrets: Readonly<Record<string, string | Buffer>> = {
      PEM: pem,
      'PEM without the last newline': pem.trimEnd(),
      'PEM after a newline': `\n${pem}`,
      DER: key.export({ format: 'der', type: 'spki' }),
      JWK: JSON.stringify(jwk),
      'the bare number': Buffer.from(jwk['n'] ?? jwk['x'] ?? '', 'base64url'),
      'nothing at all': '',
    }
    return Object.entries(secrets).flatMap(([form, secret]) =>
      (['256', '384', '512'] as const).map((bits) => ({
        name: `HS${bits} over ${name} as ${form}`,
        token: mint({ header: { alg: `HS${bits}`, kid: name }, signature: (signed) => createHmac(`sha${bits}`, secret).update(signed).digest() }),
        expect: invalid,
      })),
    )
  })
}

/** 11.4: the algorithm belongs to the key, not to the token; weak and foreign keys. */
function otherKeys(mint: Mint, keys: SigningKeys): TokenVector[] {
  const usable = { es256: 'ES256', rs256: 'RS256', ps256: 'PS256', ed25519: 'Ed25519', eddsa: 'EdDSA' } as const
  const crossed = Object.entries(usable).flatMap(([key, own]) =>
    Object.values(usable)
      .filter((alg) => alg !== own)
      .map((alg) => ({ name: `${alg} with the key ${key}`, token: mint({ key: key as KeyName, header: { alg } }), expect: invalid })),
  )
  const published: readonly [KeyName, string, string][] = [
    ['weak_rsa', 'RS256', 'an RSA key of 1024 bits'],
    ['for_encryption', 'ES256', 'a key for encryption'],
    ['other_algorithm', 'ES256', 'a P-256 key published for RS256'],
    ['no_algorithm', 'ES256', 'a key published without algorithm'],
    ['other_curve', 'ES256', 'a key on another curve (secp256k1) published for ES256'],
    ['private_published', 'ES256', 'a key published with its private half'],
    ['p384', 'ES384', 'an algorithm of the key set that is not ours'],
    ['p384', 'ES256', 'ES256 with a P-384 key'],
    ['withdrawn', 'ES256', 'a key that is not published'],
  ]
  // Without a salt the signature is the same each time it is made.
  const unsalted = (signed: string) =>
    sign('sha256', Buffer.from(signed), { key: privateKeyOf(keys, 'ps256'), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 0 })
  const otherSalt = {
    name: 'PS256 without a salt (RFC 7518 §3.5)',
    token: mint({ key: 'ps256', header: { alg: 'PS256' }, signature: unsalted }),
    expect: invalid,
  }
  const exponentOne = mint({ key: 'exponent_one', header: { alg: 'RS256' }, signature: encodedDigest })
  return [
    ...crossed,
    otherSalt,
    ...published.map(([key, alg, name]) => ({ name, token: mint({ key, header: { alg } }), expect: invalid })),
    { name: 'an RSA key with exponent 1: the encoded digest is its own signature', token: exponentOne, expect: invalid },
    { name: 'HS256 with the shared key of the set', token: mint({ header: { alg: 'HS256', kid: 'shared' }, signature: hmacShared }), expect: invalid },
    { name: 'signed by another key under a known kid', token: mint({ key: 'foreign', header: { kid: 'es256' } }), expect: invalid },
    { name: 'a known key under an unknown kid', token: mint({ header: { kid: 'nobody' } }), expect: invalid },
    { name: 'embedded foreign jwk', token: mint({ key: 'foreign', header: { kid: 'es256', jwk: publicJwkOf(keys, 'foreign') } }), expect: invalid },
  ]
}

/** EMSA-PKCS1-v1_5 for SHA-256 and 2048 bits (RFC 8017 §9.2). */
function encodedDigest(signed: string): Buffer {
  const digest = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), createHash('sha256').update(signed).digest()])
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - digest.length, 0xff), Buffer.from([0]), digest])
}

function hmacShared(signed: string): Buffer {
  return createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest()
}

/** 11.3, 11.7: members that bring a key, fetch one, or change how the token is read. Each token is well signed but for them. */
function headerBrings(mint: Mint, keys: SigningKeys): TokenVector[] {
  const own = publicJwkOf(keys, 'es256')
  const members: Readonly<Record<string, unknown>> = {
    jwk: own,
    jku: 'https://canary.invalid/jwks',
    x5u: 'https://canary.invalid/cert',
    x5c: ['MIIB'],
    zip: 'DEF',
    enc: 'A256GCM',
    b64: false,
  }
  const criticals: readonly unknown[] = [['exp'], ['x'], [], ['b64'], null, 'x', {}]
  return [
    ...Object.entries(members).map(([name, value]) => ({ name: `${name} in the header`, token: mint({ header: { [name]: value } }), expect: invalid })),
    ...Object.keys(members).map((name) => ({ name: `${name}: null in the header`, token: mint({ header: { [name]: null } }), expect: invalid })),
    ...criticals.map((crit) => ({ name: `crit is ${JSON.stringify(crit)} (RFC 7515 §4.1.11)`, token: mint({ header: { crit } }), expect: invalid })),
    { name: 'crit and b64', token: mint({ header: { crit: ['b64'], b64: true } }), expect: invalid },
  ]
}

function keyIds(mint: Mint): TokenVector[] {
  const odd = [
    '',
    ' ',
    'es256 ',
    'ES256',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '../../etc/passwd',
    "' or 1=1 --",
    'https://canary.invalid/key',
    '\u0000',
    'k'.repeat(300),
  ]
  const types: readonly unknown[] = [undefined, null, 0, true, ['es256'], { es256: 1 }]
  return [...odd, ...types].map((kid) => ({
    name: `kid is ${typeof kid === 'string' && kid.length > 64 ? `${kid.length} letters` : (JSON.stringify(kid) ?? 'missing')}`,
    token: mint({ header: { kid } }),
    expect: invalid,
  }))
}

/** RFC 8725 §3.11 */
function types(mint: Mint): TokenVector[] {
  const odd: readonly unknown[] = [
    undefined,
    null,
    1,
    '',
    'JWT',
    'jwt',
    'at+jwt',
    'logout+jwt',
    'Session+JWT',
    'application/session+jwt',
    'session+jwt ',
    ['session+jwt'],
    '__proto__',
  ]
  return odd.map((typ) => ({ name: `typ is ${JSON.stringify(typ) ?? 'missing'}`, token: mint({ header: { typ } }), expect: invalid }))
}

/** 11.5. Raw texts stand where JSON.stringify would mend the number. */
function times(mint: Mint): TokenVector[] {
  const raw = (name: string, value: string) => JSON.stringify({ ...goodClaims, nbf: nowSeconds, [name]: '@' }).replace('"@"', value)
  const notTimes = [`"${nowSeconds + 600}"`, '1790000600.5', '-1', 'null', '[]', '{}', 'true', '1e400', '9007199254740993', '1e300', '""']
  const within = {
    name: 'expired, within the leeway',
    token: mint({ claims: { exp: nowSeconds - 4 } }),
    expect: accepted({ expiresAt: (nowSeconds - 4) * 1000 }),
  }
  return [
    ...['exp', 'iat', 'nbf'].flatMap((name) =>
      notTimes.map((value) => ({ name: `${name} is ${value}`, token: mint({ claims: raw(name, value) }), expect: invalid })),
    ),
    ...['exp', 'iat'].map((name) => ({ name: `${name} is missing`, token: mint({ claims: { [name]: undefined } }), expect: invalid })),
    { name: 'exp is zero', token: mint({ claims: { exp: 0 } }), expect: expired },
    within,
    { name: 'expired by the leeway', token: mint({ claims: { exp: nowSeconds - 5 } }), expect: expired },
    { name: 'expired long ago', token: mint({ claims: { exp: nowSeconds - 86_400 } }), expect: expired },
    { name: 'nbf in the future, within the leeway', token: mint({ claims: { nbf: nowSeconds + 5 } }), expect: accepted() },
    { name: 'nbf in the future', token: mint({ claims: { nbf: nowSeconds + 6 } }), expect: early },
    { name: 'iat in the future, within the leeway', token: mint({ claims: { iat: nowSeconds + 5 } }), expect: accepted() },
    { name: 'iat in the future', token: mint({ claims: { iat: nowSeconds + 6 } }), expect: early },
  ]
}

function claims(mint: Mint): TokenVector[] {
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    iss: [undefined, null, '', `${issuer}/`, issuer.toUpperCase(), 'https://auth.example.com.evil.test', [issuer], 'http://auth.example.com'],
    aud: [
      undefined,
      null,
      '',
      [],
      [1],
      'https://other.example.com',
      `${audience}/`,
      audience.slice(0, -1),
      [audience, 1],
      [audience, ''],
      { [audience]: true },
      [[audience]],
    ],
    sub: [undefined, null, '', 1, ['usr_1'], {}],
    jti: [undefined, null, '', 1],
    sid: [undefined, null, '', 1],
    grant_id: [undefined, null, '', 1],
    account_id: [null, '', 1],
    scope: [null, 1, ['notes:read'], 'notes:read  notes:write', ' notes:read', Array.from({ length: 257 }, (_, index) => `s:${index}`).join(' ')],
  }
  return Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value) => {
      const shown = JSON.stringify(value) ?? 'missing'
      return { name: `${name} is ${shown.length > 80 ? `${shown.length} letters` : shown}`, token: mint({ claims: { [name]: value } }), expect: invalid }
    }),
  )
}

/** What one parser reads so and another otherwise. */
function ambiguities(mint: Mint): TokenVector[] {
  const header = JSON.stringify(goodHeader)
  const body = JSON.stringify(goodClaims)
  const alsoHas = (text: string, members: string) => `${text.slice(0, -1)},${members}}`
  const headers = {
    'alg twice': alsoHas(header, '"alg":"ES256"'),
    'kid twice, once in escapes': alsoHas(header, '"k\\u0069d":"es256"'),
    'crit twice': alsoHas(header, '"x":1,"x":2'),
  }
  const bodies = {
    'sub twice': alsoHas(body, '"sub":"usr_1"'),
    'exp twice': alsoHas(body, `"exp":${nowSeconds + 6000}`),
    'sub twice, once in escapes': alsoHas(body, '"\\u0073ub":"usr_2"'),
    'a nested member twice': alsoHas(body, '"x":{"y":1,"y":2}'),
    'a member twice in a list': alsoHas(body, '"x":[{"y":1,"y":2}]'),
    'nested 5,000 deep': alsoHas(body, `"x":${'['.repeat(2500)}${']'.repeat(2500)}`),
    'nested 17 deep': alsoHas(body, `"x":${'['.repeat(16)}${']'.repeat(16)}`),
    'a comment': `${body}/**/`,
    'a trailing comma': `${body.slice(0, -1)},}`,
    'two objects': body + body,
    'single quotes': body.replaceAll('"', "'"),
    NaN: alsoHas(body, '"x":NaN'),
    'a list': '[]',
    'a list with the claims': `[${body}]`,
    'a text': '"x"',
    'a number': '1',
    null: 'null',
    nothing: '{',
  }
  return [
    ...Object.entries(headers).map(([name, text]) => ({ name: `header with ${name}`, token: mint({ header: text }), expect: malformed })),
    ...Object.entries(bodies).map(([name, text]) => ({ name: `claims with ${name}`, token: mint({ claims: text }), expect: malformed })),
    {
      name: 'claims with invalid UTF-8',
      token: mint({ claims: Buffer.concat([Buffer.from(body.slice(0, -1)), Buffer.from(',"x":"\xff"}', 'latin1')]) }),
      expect: malformed,
    },
    { name: 'claims after a byte order mark', token: mint({ claims: `\ufeff${body}` }), expect: malformed },
    {
      name: 'the same name in two objects, and as a value',
      token: mint({ claims: alsoHas(body, '"x":{"y":"y","z":{"y":1}},"y":["y","y"]') }),
      expect: accepted(),
    },
    { name: '__proto__ among the claims', token: mint({ claims: alsoHas(body, '"__proto__":{"sub":"usr_2"}') }), expect: accepted() },
    { name: '__proto__ in place of the claims', token: mint({ claims: `{"__proto__":${body}}` }), expect: invalid },
  ]
}

/** Decision 12: one token has one spelling. */
function encodings(mint: Mint): TokenVector[] {
  const token = mint()
  const [header, body, signature] = token.split('.') as [string, string, string]
  const next = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 1)
  const spare = signature.slice(0, -1) + next(signature.slice(-1))
  const spellings: Readonly<Record<string, string>> = {
    'spare bits set in the signature': `${header}.${body}.${spare}`,
    'padding after the signature': `${token}==`,
    'padding after the header': `${header}=.${body}.${signature}`,
    'a space inside': `${header}.${body} .${signature}`,
    'a newline inside': `${header}.${body}.\n${signature}`,
    'base64 with + or /': `${header}.${body}.${signature.slice(0, 40)}+/${signature.slice(42)}`,
    'a letter that is not base64url': `${header}.${body}.${signature.slice(0, 40)}!!${signature.slice(42)}`,
    'a length no encoding has': `${header}.${body}.${signature}AAA`,
  }
  return Object.entries(spellings).map(([name, text]) => ({ name, token: text, expect: malformed }))
}

function shapes(mint: Mint): TokenVector[] {
  const token = mint()
  const [header, body, signature] = token.split('.') as [string, string, string]
  const texts: Readonly<Record<string, string>> = {
    'two parts': `${header}.${body}`,
    'no signature': `${header}.${body}.`,
    'no claims': `${header}..${signature}`,
    'no header': `.${body}.${signature}`,
    'four parts': `${token}.${signature}`,
    'five parts, as a JWE has': `${token}.${signature}.${signature}`,
    'a dot before': `.${token}`,
    'only dots': '..',
    'JSON serialisation': JSON.stringify({ payload: body, signatures: [{ protected: header, signature }] }),
    'nested: a token as the claims': `${header}.${base64url(token)}.${signature}`,
    'one letter over 8,192': `${header}.${'A'.repeat(8193 - header.length - signature.length - 2)}.${signature}`,
  }
  const long = [
    {
      name: 'claims of 1 MB',
      pieces: [
        { text: `${header}.`, times: 1 },
        { text: 'A', times: 1_048_576 },
        { text: `.${signature}`, times: 1 },
      ],
      expect: malformed,
    },
    { name: '100,000 dots', pieces: [{ text: '.', times: 100_000 }], expect: malformed },
  ]
  return [...Object.entries(texts).map(([name, text]) => ({ name, token: text, expect: malformed })), ...long]
}

/** 11.6: r and s are numbers from 1 to n-1, 32 bytes each. */
function signatures(mint: Mint): TokenVector[] {
  const der = (half: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), half])
  const halves = (raw: Buffer): [Buffer, Buffer] => [raw.subarray(0, 32), raw.subarray(32)]
  const variants: Readonly<Record<string, (raw: Buffer) => Buffer>> = {
    'r = s = 0': () => Buffer.alloc(64),
    'r = 0': (raw) => Buffer.concat([Buffer.alloc(32), halves(raw)[1]]),
    's = 0': (raw) => Buffer.concat([halves(raw)[0], Buffer.alloc(32)]),
    'r = s = n': () => Buffer.concat([bytes32(P256_ORDER), bytes32(P256_ORDER)]),
    'r = s = 1': () => Buffer.concat([bytes32(1n), bytes32(1n)]),
    'all bits set': () => Buffer.alloc(64, 0xff),
    'DER in place of r and s': (raw) => Buffer.concat([Buffer.from([0x30, 70]), ...halves(raw).map(der)]),
    '63 bytes': (raw) => raw.subarray(0, 63),
    '65 bytes': (raw) => Buffer.concat([raw, Buffer.alloc(1)]),
    'one bit changed': (raw) => Buffer.concat([Buffer.from([(raw[0] ?? 0) ^ 1]), raw.subarray(1)]),
    'r and s exchanged': (raw) => Buffer.concat(halves(raw).toReversed()),
  }
  const negated = (raw: Buffer) => Buffer.concat([halves(raw)[0], bytes32(P256_ORDER - BigInt(`0x${halves(raw)[1].toString('hex')}`))])
  const other = mint({ claims: { sub: 'usr_2' } })
  const [header, , signature] = mint().split('.') as [string, string, string]
  return [
    ...Object.entries(variants).map(([name, change]) => ({ name: `signature: ${name}`, token: mint({ signature: (_, raw) => change(raw) }), expect: invalid })),
    { name: "another token's signature", token: `${header}.${other.split('.')[1]}.${signature}`, expect: invalid },
    {
      name: 'an RS256 signature one byte short',
      token: mint({ key: 'rs256', header: { alg: 'RS256' }, signature: (_, raw) => raw.subarray(1) }),
      expect: invalid,
    },
    {
      name: 'n-s in place of s: another good signature, which is why deny-lists go by jti',
      token: mint({ signature: (_, raw) => negated(raw) }),
      expect: accepted(),
    },
  ]
}

/** J7: dead by the deny-list, whatever the signature says. */
function revoked(mint: Mint): TokenVector[] {
  const ends = { jti: 'tok_ended', sid: 'ses_ended', grant_id: 'grt_ended', sub: 'usr_ended', account_id: 'acc_ended' }
  return Object.entries(ends).map(([claim, id]) => ({ name: `revoked by ${claim}`, token: mint({ claims: { [claim]: id } }), expect: invalid }))
}

const atHeader = { typ: 'at+jwt' }
const atClaims = { client_id: 'cli_1', environment: 'live', consent_id: 'con_1', acr: 'urn:latchwork:acr:one-factor', amr: ['pwd'] }
const noPerson = { sub: 'cli_1', grant_id: undefined, consent_id: undefined, sid: undefined, account_id: undefined, auth_time: undefined }

/** JWT access tokens of OAuth clients (RFC 9068). */
function accessTokens(mint: Mint): TokenVector[] {
  const at = (claims: object = {}, header: object = {}) => mint({ header: { ...atHeader, ...header }, claims: { ...atClaims, ...claims } })
  const asOAuth = (changes: object = {}) => accepted({ mechanism: 'oauth', clientId: 'cli_1', ...changes })
  const { sessionId: _session, grantId: _grant, userId: _user, accountId: _account, ...itself } = goodPrincipal
  const { userId: _own, accountId: _ownAccount, ...unnamed } = goodPrincipal
  return [
    { name: 'at+jwt: a person', token: at(), expect: asOAuth() },
    {
      name: 'at+jwt: RS256',
      token: mint({ key: 'rs256', header: { ...atHeader, alg: 'RS256' }, claims: atClaims }),
      expect: asOAuth(),
    },
    { name: 'at+jwt: no login session', token: at({ sid: undefined }), expect: without(asOAuth(), 'sessionId') },
    {
      name: 'at+jwt: a pairwise subject is nobody’s id',
      token: at({ sub: 'c-DXxRbgyO4', subject_type: 'pairwise', account_id: undefined }),
      expect: { principal: { ...unnamed, mechanism: 'oauth', clientId: 'cli_1', subject: 'c-DXxRbgyO4' } },
    },
    {
      name: 'at+jwt: a client for itself, with its account',
      token: at({ ...noPerson, client_account_id: 'acc_2' }),
      expect: { principal: { ...itself, mechanism: 'oauth', clientId: 'cli_1', subject: 'cli_1', accountId: 'acc_2' } },
    },
    { name: 'at+jwt: for this API and another', token: at({ aud: [audience, issuer] }), expect: asOAuth({ audience: [audience, issuer] }) },
    { name: 'at+jwt: a test client', token: at({ environment: 'test' }), expect: { refusal: 'credential_wrong_environment', status: 403 } },
    { name: 'at+jwt: for another API', token: at({ aud: 'https://other.example.com' }), expect: invalid },
    { name: 'at+jwt: expired', token: at({ exp: nowSeconds - 6 }), expect: expired },
    ...['AT+JWT', 'application/at+jwt', 'at+JWT', 'at+jwt ', 'jwt', 'JWT', 'token-introspection+jwt', 'logout+jwt'].map((typ) => ({
      name: `an access token as "${typ}"`,
      token: at({}, { typ }),
      expect: invalid,
    })),
    { name: 'at+jwt: signed by another key', token: mint({ key: 'foreign', header: { ...atHeader, kid: 'es256' }, claims: atClaims }), expect: invalid },
    { name: 'a session token as at+jwt', token: mint({ header: atHeader }), expect: invalid },
    { name: 'an access token as session+jwt, without session', token: mint({ claims: { ...atClaims, sid: undefined } }), expect: invalid },
  ]
}

function without({ principal }: ReturnType<typeof accepted>, name: 'sessionId'): object {
  const { [name]: _left, ...rest } = principal
  return { principal: rest }
}

function accessTokenClaims(mint: Mint): TokenVector[] {
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    sub: [undefined, null, '', 1],
    jti: [undefined, '', 1],
    client_id: [undefined, null, '', 1, ['cli_1']],
    environment: [undefined, null, '', 'both', 'LIVE', true],
    scope: [1, ['notes:read'], 'a  b'],
    aud: [undefined, [], [1]],
    grant_id: [null, '', 1],
    consent_id: [null, '', 1],
    sid: [null, '', 1],
    account_id: [null, '', 1],
    client_account_id: [null, '', 1],
    subject_type: [null, '', 'public', 'PAIRWISE', 1],
  }
  return Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value) => ({
      name: `at+jwt: ${name} is ${JSON.stringify(value) ?? 'missing'}`,
      token: mint({ header: atHeader, claims: { ...atClaims, [name]: value } }),
      expect: invalid,
    })),
  )
}

/** J7: by everything it lives by. */
function accessTokensRevoked(mint: Mint): TokenVector[] {
  const ends = {
    jti: 'tok_ended',
    sid: 'ses_ended',
    grant_id: 'grt_ended',
    consent_id: 'con_ended',
    client_id: 'cli_ended',
    sub: 'usr_ended',
    account_id: 'acc_ended',
    client_account_id: 'acc_ended',
  }
  const all = Object.entries(ends).map(([claim, id]) => ({
    name: `at+jwt: revoked by ${claim}`,
    token: mint({ header: atHeader, claims: { ...atClaims, [claim]: id } }),
    expect: invalid,
  }))
  const pairwise = mint({ header: atHeader, claims: { ...atClaims, sub: 'usr_ended', subject_type: 'pairwise', account_id: undefined } })
  const { userId: _user, accountId: _account, ...unnamed } = goodPrincipal
  const told = { principal: { ...unnamed, mechanism: 'oauth', clientId: 'cli_1', subject: 'usr_ended' } }
  return [
    ...all,
    { name: 'at+jwt: a pairwise subject that looks like an ended person is not them', token: pairwise, expect: told },
    ...accessTokensNarrowed(mint),
    ...rightsTaken(mint),
  ]
}

/** O7: by a scope that was taken off its grant, where it carries that scope. */
function accessTokensNarrowed(mint: Mint): TokenVector[] {
  const carrying = (scope: string) => mint({ header: atHeader, claims: { ...atClaims, grant_id: 'grt_narrowed', scope } })
  const told = { principal: { ...goodPrincipal, mechanism: 'oauth', clientId: 'cli_1', grantId: 'grt_narrowed', scopes: ['notes:read'] } }
  return [
    { name: 'at+jwt: carries a scope that was taken off its grant', token: carrying('notes:read notes:write'), expect: invalid },
    { name: 'at+jwt: another scope was taken off its grant', token: carrying('notes:read'), expect: told },
  ]
}

/** O10: by what was taken from its client, or from everybody by the configuration, where it carries that. */
function rightsTaken(mint: Mint): TokenVector[] {
  const at = (claims: object) => mint({ header: atHeader, claims: { ...atClaims, client_id: 'cli_narrowed', ...claims } })
  const told = { ...goodPrincipal, mechanism: 'oauth', clientId: 'cli_narrowed', scopes: ['notes:read'] }
  const both = [audience, 'https://taken.example.com']
  return [
    { name: 'at+jwt: carries a scope that was taken from its client', token: at({ scope: 'notes:read notes:write' }), expect: invalid },
    { name: 'at+jwt: another scope was taken from its client', token: at({ scope: 'notes:read' }), expect: { principal: told } },
    { name: 'at+jwt: is for an API that was taken from its client, too', token: at({ scope: 'notes:read', aud: both }), expect: invalid },
    { name: 'at+jwt: its client no longer acts for itself', token: at({ ...noPerson, sub: 'cli_narrowed', scope: 'notes:read' }), expect: invalid },
    { name: 'at+jwt: carries a scope that no API defines any more', token: at({ scope: 'notes:read notes:removed' }), expect: invalid },
    { name: 'session+jwt: carries a scope that no API defines any more', token: mint({ claims: { scope: 'notes:read notes:removed' } }), expect: invalid },
  ]
}
