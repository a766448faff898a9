import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, latchworkProcess, start } from './latchwork.ts'

const BAD = "import jwt from 'jsonwebtoken'\nexport const read = (token, key) => jwt.verify(token, key)\n"

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('latchwork audit', () => {
  it('A3: source code: 0 is clean, 1 is found, 2 is not done; what is found says why, where and what to do', async (t) => {
    const cwd = folder(t)
    mkdirSync(join(cwd, 'src'))
    writeFileSync(join(cwd, 'src/fine.ts'), 'export const answer = 42\n')
    const clean = await latchworkProcess(['audit', 'src'], { cwd })
    assert.deepEqual([clean.code, clean.out], [0, ''])
    assert.match(clean.err, /^Nothing found\. \d+ rules tried\. 1 file/)
    writeFileSync(join(cwd, 'src/auth.ts'), BAD)
    const found = await latchworkProcess(['audit', 'src'], { cwd })
    assert.equal(found.code, 1)
    assert.match(found.out, /code\/jwt-algorithms-not-pinned/)
    assert.match(found.out, /src\/auth\.ts:2:\d+ .*jwt\.verify/)
    assert.match(found.out, /Why: .*\[.*RFC \d+.*\]\n {2}Mend: /)
    assert.ok(!/\p{Cc}/u.test((found.out + found.err).replaceAll('\n', '')), 'no colour goes to a pipe')
    assert.equal(
      (await latchwork(['audit', 'src', '--fail-on', 'high', '--json'], { cwd })).code,
      JSON.parse((await latchwork(['audit', 'src', '--json'], { cwd })).out).findings.some(({ risk }: { readonly risk: string }) => risk === 'high') ? 1 : 0,
    )
    for (const words of [
      ['missing'],
      ['src', '--format', 'xml'],
      ['src', '--fail-on', 'all'],
      ['src', '--baseline', 'src/fine.ts'],
      ['src', '--jwks', 'x'],
      ['--jwt', 'src'],
      ['http://198.51.100.1/'],
    ]) {
      const ended = await latchwork(['audit', ...words], { cwd })
      assert.equal(ended.code, 2, words.join(' '))
      assert.notEqual(ended.err, '')
    }
  })

  it('A3: JSON, SARIF, a baseline that survives moved lines, and comments with a reason', async (t) => {
    const cwd = folder(t)
    const file = join(cwd, 'auth.ts')
    writeFileSync(file, BAD)
    const { findings } = JSON.parse((await latchwork(['audit', 'auth.ts', '--json'], { cwd })).out)
    assert.deepEqual([findings[0].rule, findings[0].at, findings[0].line], ['code/jwt-algorithms-not-pinned', 'auth.ts', 2])
    const sarif = JSON.parse((await latchwork(['audit', 'auth.ts', '--format', 'sarif'], { cwd })).out)
    const [run] = sarif.runs
    assert.equal(sarif.version, '2.1.0')
    assert.equal(run.tool.driver.rules[run.results[0].ruleIndex].id, run.results[0].ruleId)
    assert.equal(run.results[0].locations[0].physicalLocation.region.startLine, 2)
    assert.equal((await latchwork(['audit', 'auth.ts', '--write-baseline', 'known.json'], { cwd })).code, 0)
    assert.ok(!readFileSync(join(cwd, 'known.json'), 'utf8').includes('verify('), 'a baseline holds no code')
    writeFileSync(file, `\n\n${BAD}`)
    assert.equal((await latchwork(['audit', 'auth.ts', '--baseline', 'known.json'], { cwd })).code, 0)
    writeFileSync(file, `${BAD}export const again = (token, key) => jwt.verify(token, key)\n`)
    assert.equal((await latchwork(['audit', 'auth.ts', '--baseline', 'known.json'], { cwd })).code, 1, 'a second one is new')
    const rules = findings.map(({ rule }: { readonly rule: string }) => `// audit:allow ${rule} the key is bound to its algorithm`).join('\n')
    writeFileSync(file, BAD.replace('export const', `${rules.split('\n')[0]}\nexport const`))
    assert.ok(!(await latchwork(['audit', 'auth.ts', '--json'], { cwd })).out.includes(`"rule":"${findings[0].rule}"`))
    writeFileSync(file, BAD.replace('export const', `// audit:allow ${findings[0].rule}\nexport const`))
    assert.match((await latchwork(['audit', 'auth.ts'], { cwd })).err, /allows without a reason/)
  })

  it('A3: a token by standard input or from a file, its signature checked with a key set; never an argument, never shown', async (t) => {
    const cwd = folder(t)
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const signed = (claims: object): string => {
      const text = `${encoded({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })}.${encoded(claims)}`
      return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    }
    writeFileSync(join(cwd, 'jwks.json'), JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1' }] }))
    const now = Math.floor(Date.now() / 1000)
    const good = { iss: 'https://a.example', aud: 'https://api.example', sub: 'u', iat: now, exp: now + 300, jti: 'j' }
    const clean = await latchworkProcess(['audit', '--jwt', '--jwks', 'jwks.json'], { cwd, stdin: `${signed(good)}\n` })
    assert.deepEqual([clean.code, clean.out], [0, ''], clean.out)
    const { exp: _exp, ...endless } = good
    writeFileSync(join(cwd, 'token'), signed({ ...endless, password: 'hunter2' }))
    const found = await latchwork(['audit', '--jwt', '--token-file', 'token', '--json'], { cwd })
    assert.equal(found.code, 1)
    assert.deepEqual(
      JSON.parse(found.out)
        .findings.map(({ rule }: { readonly rule: string }) => rule)
        .sort(),
      ['token/holds-secret', 'token/never-expires'],
    )
    assert.ok(!found.out.includes('hunter2'))
    const forged = signed(good).replace(/.{6}$/, 'AAAAAA')
    assert.match((await latchwork(['audit', '--jwt', '--jwks', 'jwks.json'], { cwd, stdin: forged })).out, /token\/signature-wrong/)
    assert.equal((await latchwork(['audit', '--jwt'], { cwd, stdin: 'no token' })).code, 2)
    assert.equal((await latchwork(['audit', '--jwt', signed(good)], { cwd })).code, 2)
  })

  it('A3: a foreign server by its metadata: what it advertises and publishes; bounded, and no redirect followed', async (t) => {
    const cwd = folder(t)
    const { url, answers } = await metadataServer(t)
    const found = await latchwork(['audit', url, '--json'], { cwd })
    assert.equal(found.code, 1)
    const rules: readonly string[] = JSON.parse(found.out).findings.map(({ rule }: { readonly rule: string }) => rule)
    for (const rule of ['server/implicit-advertised', 'server/pkce-not-advertised', 'server/key-weak', 'server/no-revocation'])
      assert.ok(rules.includes(rule), rule)
    assert.ok(!rules.includes('server/issuer-mismatch'))
    for (const answer of [
      { status: 302, body: '' },
      { status: 200, body: 'x'.repeat(2_000_000) },
      { status: 200, body: '[]' },
      { status: 500, body: '{}' },
    ]) {
      answers.metadata = answer
      assert.equal((await latchwork(['audit', url], { cwd })).code, 2, String(answer.status))
    }
  })

  it('A3: this installation: its configuration, and with a root key the clients, keys and signing keys of the running server', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const client = {
      id: 'web',
      name: 'Web',
      redirectUris: ['http://localhost:3000/cb'],
      grantTypes: ['authorization_code'],
      scopes: ['openid', 'notes:raed'],
      audiences: ['https://api.example.test'],
      authenticationMethod: 'client_secret_post',
      secretDigests: [digestOf(mintToken('client_secret').reveal())],
    }
    const apis = [{ identifier: 'https://api.example.test', name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read' }] }]
    const config = {
      http: { port },
      demo: false,
      apis,
      clients: [client],
      accounts: [{ id: 'acc_a', name: 'A' }],
      rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }],
    }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ ...config, clients: [{ ...client, scopes: ['openid', 'notes:read'] }] }))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    const rulesOf = ({ out }: { readonly out: string }): readonly string[] =>
      JSON.parse(out).findings.map(({ rule, at }: { readonly rule: string; readonly at: string }) => `${rule} ${at}`)
    const alone = await latchwork(['audit', '--config', 'c.json', '--json'], { cwd })
    assert.ok(rulesOf(alone).includes('installation/client-secret-in-body client web'))
    assert.ok(rulesOf(alone).includes('installation/root-key-may-everything root key test'))
    assert.match(JSON.parse(alone.out).notes[0].text, /root key/)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const server = ['--server', `http://localhost:${port}`, '--root-key-file', 'root.key']
    const made = await latchwork(['keys', 'create', '--account', 'acc_a', '--name', 'Wide', '--kind', 'sk', '--scope', '*', ...server, '--json'], { cwd })
    assert.equal(made.code, 0, made.err)
    const { id } = JSON.parse(made.out).key
    const whole = await latchwork(['audit', '--config', 'c.json', ...server, '--json'], { cwd })
    assert.equal(whole.code, 1, whole.err)
    const seen = rulesOf(whole)
    for (const rule of ['key-may-everything', 'key-without-expiry', 'key-works-from-anywhere']) assert.ok(seen.includes(`installation/${rule} key ${id}`), rule)
    assert.deepEqual(JSON.parse(whole.out).notes, [])
    assert.ok(!whole.out.includes(JSON.parse(made.out).secret))
    const narrow = await latchwork(['audit', '--config', 'c.json', '--server', `http://localhost:${port}`, '--json'], {
      cwd,
      env: { LATCHWORK_ROOT_KEY: 'nonsense' },
    })
    assert.equal(narrow.code, 2)
    const broken = await latchwork(['audit', '--config', 'missing.json'], { cwd })
    assert.equal(broken.code, 2)
  })

  it('A3: the rules can be listed, for people and for programs', async () => {
    const { out } = await latchwork(['audit', '--rules'])
    assert.match(out, /^installation\/issuer-not-https {2}high\n {2}/m)
    assert.ok(JSON.parse((await latchwork(['audit', '--rules', '--json'])).out).length >= 60)
  })

  it('A3: a hundred files that are hostile or odd end in notes, and are not run', async (t) => {
    const cwd = folder(t)
    mkdirSync(join(cwd, 'src'))
    writeFileSync(join(cwd, 'src/deep.js'), `${'['.repeat(20_000)}${']'.repeat(20_000)}`)
    writeFileSync(join(cwd, 'src/deep.py'), `x = ${'('.repeat(5000)}1${')'.repeat(5000)}`)
    writeFileSync(join(cwd, 'src/broken.ts'), 'export const = {')
    writeFileSync(join(cwd, 'src/huge.js'), 'a'.repeat(3_000_000))
    writeFileSync(join(cwd, 'src/\u001b[31mred.js'), BAD)
    writeFileSync(join(cwd, 'src/effect.js'), `require('node:fs').writeFileSync(${JSON.stringify(join(cwd, 'ran'))}, '')`)
    execFileSync('mkfifo', [join(cwd, 'src/pipe.js')])
    const ended = await latchwork(['audit', 'src'], { cwd })
    assert.equal(ended.code, 1)
    assert.match(ended.err, /broken\.ts cannot be read as javascript/)
    assert.match(ended.err, /huge\.js is 3\.0 MB/)
    assert.ok(!(ended.out + ended.err).includes('\u001b'))
    assert.throws(() => readFileSync(join(cwd, 'ran')))
  })
})

async function metadataServer(t: TestContext) {
  const answers: { metadata?: { readonly status: number; readonly body: string } } = {}
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const issuer = `http://127.0.0.1:${port}`
    const metadata = {
      issuer,
      authorization_endpoint: `${issuer}/a`,
      token_endpoint: `${issuer}/t`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code', 'token'],
      id_token_signing_alg_values_supported: ['RS256'],
    }
    if (request.url === '/jwks')
      response.writeHead(200).end(JSON.stringify({ keys: [{ kty: 'RSA', kid: 'a', e: 'AQAB', n: Buffer.alloc(128, 0xff).toString('base64url') }] }))
    else {
      const { status, body } = answers.metadata ?? { status: 200, body: JSON.stringify(metadata) }
      response.writeHead(status, status === 302 ? { location: `${issuer}/elsewhere` } : {}).end(body)
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answers }
}
