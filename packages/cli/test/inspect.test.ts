import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { SignJWT } from 'jose'
import { folder, latchwork, latchworkProcess } from './latchwork.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }

const makeToken = (claims = {}): Promise<string> =>
  new SignJWT({ iss: 'https://i.example', aud: 'https://a.example', sub: 'ada', ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
    .setIssuedAt()
    .setExpirationTime('10 minutes')
    .sign(privateKey)

async function place(t: TestContext) {
  const cwd = folder(t)
  const files = {
    'jwks.json': JSON.stringify({ keys: [jwk] }),
    'key.pem': publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    secret: 'x'.repeat(32),
    token: await makeToken(),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  const run = (words: readonly string[], stdin = '') => latchwork(['inspect', ...words], { cwd, stdin })
  const runProcess = (words: readonly string[], stdin = '') => latchworkProcess(['inspect', ...words], { cwd, stdin })
  return { cwd, run, runProcess, token: files.token }
}

describe('latchwork inspect', () => {
  it('C2: from a file or standard input, verified by a set or a key; 0 if all that was asked for passes, 1 if not', async (t) => {
    const { run, runProcess, token } = await place(t)
    const plain = await runProcess([], `Bearer ${token}\n`)
    assert.equal(plain.code, 0, plain.err)
    assert.match(plain.out, /^A signed JWT/)
    assert.match(plain.out, /exp: \d+\n {6}good until .*, in \d+ minutes/)
    assert.doesNotMatch(plain.out, /Passed|FAILED/)
    const good = await run(['token', '--jwks', 'jwks.json', '--issuer', 'https://i.example', '--audience', 'https://a.example'])
    assert.equal(good.code, 0, good.out)
    assert.match(good.out, /@latchwork\/verify takes the signature/)
    assert.equal((await run(['token', '--key', 'key.pem'])).code, 0)
    for (const wrong of [
      ['--secret-file', 'secret'],
      ['--audience', 'https://b.example'],
      ['--issuer', 'https://i.example/'],
    ]) {
      const { code, out } = await run(['token', ...wrong])
      assert.equal(code, 1)
      assert.match(out, /^FAILED /m)
    }
  })

  it('C2: --jwks fetches from the address that is named, and only then', async (t) => {
    const { run } = await place(t)
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.end(JSON.stringify({ keys: [jwk] }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const led = new SignJWT({}).setProtectedHeader({ alg: 'ES256', jku: `${url}/led`, x5u: `${url}/led` }).sign(privateKey)
    assert.match((await run([], await led)).out, /DANGER .*jku/)
    assert.deepEqual(asked, [])
    assert.equal((await run(['token', '--jwks', `${url}/jwks`])).code, 0)
    assert.deepEqual(asked, ['/jwks'])
    assert.equal((await run(['token', '--jwks', 'http://i.example/jwks'])).code, 2, 'not in clear')
  })

  it('C2: --json has the same, and neither the signature nor an opaque secret', async (t) => {
    const { run, token } = await place(t)
    const report = JSON.parse((await run(['token', '--json', '--jwks', 'jwks.json'])).out)
    assert.deepEqual([report.kind, report.checks.map(({ passed }: { passed: boolean }) => passed)], ['jws', [true, true]])
    assert.ok(!JSON.stringify(report).includes(token.split('.')[2] ?? ''))
    const key = mintKey('sk', 'live', 'lw').reveal()
    const { out } = await run(['--json'], key)
    assert.ok(!out.includes(key))
    assert.equal(JSON.parse(out).kind, 'latchwork')
  })

  it('C2: takes no token as an argument, steers no terminal, and says what is wrong with what it is given', async (t) => {
    const { run, runProcess, token } = await place(t)
    const argued = await runProcess([token])
    assert.equal(argued.code, 2)
    assert.match(argued.err, /stay in the history/)
    assert.ok(!argued.err.includes(token))
    const hostile = await run([], await makeToken({ sub: '\u001b[2J\u009b31m\u202e', '\u001b]0;x\u0007': 1 }))
    assert.equal(hostile.code, 0)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(hostile.out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    for (const wrong of [['nowhere'], ['token', '--key', 'secret'], ['token', '--key', 'key.pem', '--jwks', 'jwks.json'], ['token', 'token']])
      assert.notEqual((await run(wrong)).code, 0, wrong.join(' '))
    assert.equal((await run([], '')).code, 2)
    assert.equal((await run([], 'x'.repeat(1024 * 1024 + 1))).code, 1)
  })
})
