/** `latchwork request` and an authorization server of somebody else. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { credentialOf, openProfileStore, send } from '@latchwork/client'
import { type ForeignServer, sayYes, startForeignServer } from './foreign-server.ts'
import { type Person, personAt } from './person.ts'

const SCOPE = 'openid offline_access'

async function logIn(t: TestContext, server: ForeignServer, more: readonly string[] = []): Promise<Person> {
  const person = await personAt(t)
  const begun = person.begin(['login', 'me', '--type', 'code', '--server', server.url, '--client-id', 'cli', '--scope', SCOPE, ...more])
  const back = await sayYes(await begun.url)
  assert.equal((await fetch(back)).status, 200)
  const ended = await begun.ended
  assert.equal(ended.code, 0, ended.err)
  return person
}

const refreshes = ({ tokenRequests }: ForeignServer): number => tokenRequests.filter((body) => body.includes('grant_type=refresh_token')).length

describe('latchwork request and a foreign server', () => {
  it('C1: binds tokens to a key (DPoP): a proof per request, the nonce taken from the answer, a stolen token no use (RFC 9449)', async (t) => {
    const server = await startForeignServer(t)
    const person = await logIn(t, server, ['--dpop'])
    const answer = await person.run(['GET', `${server.url}/me`, '--profile', 'me', '--json', '--show-secrets'])
    assert.equal(answer.code, 0, answer.err + answer.out)
    const told = JSON.parse(answer.out)
    assert.equal(told.response.body.sub, 'ada')
    assert.deepEqual(
      told.before.map(({ status }: { status: number }) => status),
      [401],
      'the first proof had no nonce',
    )
    const headers = new Headers(told.request.headers)
    assert.match(headers.get('authorization') ?? '', /^DPoP /)
    const token = (headers.get('authorization') ?? '').slice(5)
    assert.equal((await fetch(`${server.url}/me`, { headers: { authorization: `Bearer ${token}` } })).status, 401)
    const replayed = await fetch(`${server.url}/me`, { headers: { authorization: `DPoP ${token}`, dpop: headers.get('dpop') ?? '' } })
    assert.equal(replayed.status, 401, 'a proof counts once')
    const listed = await person.run(['profiles'])
    assert.match(listed.out, /code, bound/)
    assert.match((await person.run(['logout', 'me'])).err, /at the server/)
  })

  it('C1: a client proves itself by a signed assertion (RFC 7523)', async (t) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const server = await startForeignServer(t, { clientKey: { ...publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256' } })
    const person = await personAt(t)
    const key = person.file('client.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
    const words = ['login', 'job', '--type', 'client-credentials', '--server', server.url, '--client-id', 'job', '--client-key-file', key]
    const made = await person.run([...words, '--client-key-id', 'mine'])
    assert.equal(made.code, 0, made.err)
    assert.match(server.tokenRequests.join(), /client_assertion=/)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' })
    person.file('client.pem', other.toString())
    const refused = await person.run([...words, '--replace'])
    assert.equal(refused.code, 1)
    assert.match(refused.err, /invalid_client/)
    assert.equal((await person.run(['profiles', '--json'])).out.includes('job'), true, 'what was there stays')
  })

  it('C1: processes at once take turns refreshing a token that rotates: all are answered, and the login lives on', async (t) => {
    const server = await startForeignServer(t, { accessTokenSeconds: 20 }) // renewed before every use
    const person = await logIn(t, server)
    const answers = await Promise.all(Array.from({ length: 4 }, () => person.runProcess(['GET', `${server.url}/me`, '--profile', 'me'])))
    assert.deepEqual(
      answers.map(({ code }) => code),
      [0, 0, 0, 0],
      answers.map(({ err }) => err).join(),
    )
    assert.ok(refreshes(server) >= 1)
    assert.equal((await person.run(['GET', `${server.url}/me`, '--profile', 'me'])).code, 0)
  })

  it('C1: of many at once that find the token over, one refreshes and the others take what it got', async (t) => {
    const server = await startForeignServer(t)
    const person = await logIn(t, server)
    const open = () => openProfileStore(join(person.cwd, '.config/latchwork/profiles'), { passphrase: 'a passphrase for tests', askPassphrase: async () => '' })
    const later = Date.now() + 3600_000
    await Promise.all(Array.from({ length: 6 }, () => credentialOf(open(), 'me', () => later)))
    assert.equal(refreshes(server), 1)
  })

  it('C1: a token that the API refuses is renewed once, and the request sent again; refused again, that is the answer', async (t) => {
    const server = await startForeignServer(t)
    const person = await logIn(t, server)
    const seen = new Set<string>()
    let accepts = 2
    const api = createServer(({ headers }, response) => {
      seen.add(headers.authorization ?? '')
      if (seen.size >= accepts) return response.end('{}')
      return response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
    })
    api.listen(0, '127.0.0.1')
    await once(api, 'listening')
    t.after(() => api.close())
    const address = api.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const store = openProfileStore(join(person.cwd, '.config/latchwork/profiles'), { passphrase: 'a passphrase for tests', askPassphrase: async () => '' })
    const credential = { ...(await credentialOf(store, 'me', Date.now)), origins: [`http://127.0.0.1:${port}`] }
    const request = { method: 'GET', url: new URL(`http://127.0.0.1:${port}/`), headers: [], follows: false, timeoutMs: 5000 }
    const statuses = ({ hops }: { readonly hops: readonly { readonly status: number }[] }) => hops.map(({ status }) => status)
    assert.deepEqual(statuses(await send(request, credential)), [401, 200])
    assert.equal(refreshes(server), 1)
    accepts = 9
    assert.deepEqual(statuses(await send(request, { ...(await credentialOf(store, 'me', Date.now)), origins: credential.origins })), [401, 401])
  })

  it('C1: an answer with another state is turned away and waited past; one of another issuer ends the login (RFC 9207)', async (t) => {
    const server = await startForeignServer(t)
    const person = await personAt(t)
    const begun = person.begin(['login', 'me', '--type', 'code', '--server', server.url, '--client-id', 'cli', '--scope', 'openid'])
    const back = new URL(await sayYes(await begun.url))
    const forged = new URL(back)
    forged.searchParams.set('state', 'forged')
    assert.equal((await fetch(forged)).status, 400)
    assert.equal((await fetch(new URL('/', back))).status, 404)
    assert.equal((await fetch(back.href.replace('127.0.0.1', 'localhost'))).status, 404, 'another name for this machine')
    back.searchParams.set('iss', 'https://evil.example')
    await fetch(back)
    const { code, err } = await begun.ended
    assert.notEqual(code, 0)
    assert.match(err, /iss/)
    assert.deepEqual(server.tokenRequests, [], 'the code went nowhere')
    assert.equal((await person.run(['profiles', '--json'])).out, '{"profiles":[],"damaged":[]}\n')
  })

  it("C1: a server's words steer no terminal", async (t) => {
    const server = createServer((request, response) => {
      const url = `http://${request.headers.host}`
      response.setHeader('content-type', 'application/json')
      if (request.url !== '/token') return response.end(JSON.stringify({ issuer: url, token_endpoint: `${url}/token` }))
      return response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant', error_description: '\u001b]0;x\u0007' }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const person = await personAt(t)
    person.file('s', 'secret')
    const { code, err } = await person.run(['login', 'x', '--type', 'client-credentials', '--server', url, '--client-id', 'x', '--client-secret-file', 's'])
    assert.equal(code, 1)
    assert.match(err, /invalid_grant/)
    assert.ok(!err.includes('\u001b'))
    const bound = await person.run(['login', 'x', '--type', 'client-credentials', '--server', url, '--client-id', 'x', '--client-secret-file', 's', '--dpop'])
    assert.equal(bound.code, 2)
    assert.match(bound.err, /does not bind tokens/)
  })

  it('C1: a flow that the server does not have is told as that', async (t) => {
    const server = await startForeignServer(t)
    const person = await personAt(t)
    const { code, err } = await person.run(['login', 'x', '--type', 'device', '--server', server.url, '--client-id', 'cli', '--scope', 'openid'])
    assert.equal(code, 2)
    assert.match(err, /not accepted|device/i)
  })
})
