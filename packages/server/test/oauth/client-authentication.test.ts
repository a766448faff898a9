/** RFC 6749 §2.3, §5.2: a client proves itself by the method it is registered for, a secret by either of its two ways; whatever goes wrong is answered alike. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { authorize, basic, redeem } from '../kit/authorize.ts'
import { rawRequest, sendRaw } from '../kit/raw-http.ts'
import { type Answer, type Latchwork, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const otherSecret = mintToken('client_secret').reveal()
const rolling = mintToken('client_secret').reveal()
const second = { ...testClients.machine, id: 'second', name: 'Another job', secretDigests: [digestOf(otherSecret), digestOf(rolling)] }
const doomed = { ...testClients.machine, id: 'doomed', name: 'Doomed', secretDigests: [digestOf(testSecret)] }
const clients = [
  ...Object.values(testClients).map((client) => (client.authenticationMethod === 'none' ? client : { ...client, secretDigests: [digestOf(testSecret)] })),
  second,
  doomed,
]

interface Attempt {
  readonly authorization?: string
  readonly fields?: Readonly<Record<string, string>>
}

const raw = (text: string): string => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`
const good = `machine:${testSecret}`
/** A good secret in another spelling: the last digit before the padding has two bits that no byte needs. */
const spareBits = raw(`second:${otherSecret}`).replace(/(.)=$/, (_all, digit: string) => `${String.fromCharCode(digit.charCodeAt(0) + 1)}=`)

const faults: Readonly<Record<string, Attempt>> = {
  'nothing at all': {},
  'a name alone, of a confidential client': { fields: { client_id: 'machine' } },
  'an empty secret': { fields: { client_id: 'machine', client_secret: '' } },
  'a secret alone': { fields: { client_secret: testSecret } },
  'a wrong secret': { authorization: raw(`machine:${otherSecret}`) },
  'a wrong secret of no form': { authorization: raw('machine:hunter2') },
  'its secret cut by one': { authorization: raw(good.slice(0, -1)) },
  'its secret with one letter more': { authorization: raw(`${good}x`) },
  'its secret in other letters': { authorization: raw(`machine:${testSecret.toUpperCase()}`) },
  'the digest of its secret': { authorization: raw(`machine:${digestOf(testSecret)}`) },
  'the secret of another client': { authorization: raw(`second:${testSecret}`) },
  'an unknown client': { authorization: raw(`nobody:${testSecret}`) },
  'an unknown client by post': { fields: { client_id: 'nobody', client_secret: testSecret } },
  'an unknown public client': { fields: { client_id: 'nobody' } },
  'a disabled client': { authorization: raw(`doomed:${testSecret}`) },
  'basic, where none is registered': { authorization: raw(`cli-app:${testSecret}`) },
  'a secret, where none is registered': { fields: { client_id: 'cli-app', client_secret: testSecret } },
  'two methods': { authorization: raw(good), fields: { client_id: 'machine', client_secret: testSecret } },
  'two methods, the second empty-handed': { authorization: raw(good), fields: { client_secret: 'x' } },
  'two clients': { authorization: raw(good), fields: { client_id: 'second' } },
  'a bad header and a good secret': { authorization: 'Basic !!!', fields: { client_id: 'other', client_secret: testSecret } },
  'an assertion': { fields: { client_assertion: 'eyJhbGciOiJub25lIn0.e30.', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' } },
  'a secret and a junk assertion': { authorization: raw(good), fields: { client_assertion: 'x' } },
  'another scheme': { authorization: `Digest ${Buffer.from(good).toString('base64')}` },
  'a bearer token': { authorization: `Bearer ${testSecret}` },
  'basic with nothing behind it': { authorization: 'Basic' },
  'basic with a space behind it': { authorization: 'Basic ' },
  'bad base64': { authorization: 'Basic m@chine' },
  base64url: { authorization: `Basic ${Buffer.from('machine:\xfb\xff', 'latin1').toString('base64url')}` },
  'base64 with spare bits': { authorization: spareBits },
  'base64 with a line break': { authorization: `Basic ${Buffer.from(good).toString('base64').slice(0, 20)} ${Buffer.from(good).toString('base64').slice(20)}` },
  'no colon': { authorization: raw('machine') },
  'no name': { authorization: raw(`:${testSecret}`) },
  'no secret': { authorization: raw('machine:') },
  'a colon alone': { authorization: raw(':') },
  'bad UTF-8': { authorization: raw('machine:\xff\xfe') },
  'bad UTF-8, form-encoded': { authorization: raw('machine:%ff%fe') },
  'a cut escape': { authorization: raw('machine:%4') },
  'a bad escape': { authorization: raw('machine:%zz') },
  'an overlong escape': { authorization: raw('machine%c0%ae:x') },
  'a null character': { authorization: raw('machine\0:x') },
  'an escaped null character': { authorization: raw('machine%00:x') },
  'a line break in the name': { authorization: raw('machine\r\n:x') },
  'a name of 4000 letters': { authorization: raw(`${'m'.repeat(4000)}:x`) },
  'a name that is SQL': { authorization: raw(`machine'%20or%20'1'='1:${testSecret}`) },
  'a name that is a member of every object': { authorization: raw(`__proto__:${testSecret}`) },
}

const byPost: Attempt = { fields: { client_id: 'machine', client_secret: testSecret } }
const otherWays: Readonly<Record<string, Attempt>> = {
  'post, where basic is registered': byPost,
  'basic, where post is registered': { authorization: raw(`other:${testSecret}`) },
}

const endpoints: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/token': { grant_type: 'client_credentials' },
  '/introspect': { token: 'x' },
  '/revoke': { token: 'x' },
}

function attempt(latchwork: Latchwork, path: string, { authorization, fields }: Attempt): Promise<Answer> {
  return latchwork.form(path, { ...endpoints[path], ...fields }, authorization === undefined ? {} : { authorization })
}

describe('client authentication', () => {
  for (const path of Object.keys(endpoints)) {
    it(`O13: ${Object.keys(faults).length} faults at ${path} are one refusal: 401 invalid_client, and Basic is offered to who tried the header (RFC 6749 §5.2)`, async (t) => {
      const latchwork = await startLatchwork(t, { config: { clients } })
      assert.equal((await latchwork.call('DELETE', '/v1/clients/doomed', { bearer: latchwork.rootKey })).status, 204)
      for (const [title, sent] of Object.entries(faults)) {
        const { status, headers, body } = await attempt(latchwork, path, sent)
        if (path === '/introspect' && title === 'a bearer token') continue // there it is a verifier's root key: see introspection
        const { reference, ...told } = body
        assert.deepEqual([status, told], [401, toldToAll(latchwork)], title)
        assert.match(reference, /^ref_/)
        const challenge = sent.authorization === undefined ? null : 'Basic realm="latchwork"'
        assert.deepEqual([headers.get('www-authenticate'), headers.get('cache-control')], [challenge, 'no-store'], title)
        assert.match(headers.get('content-type') ?? '', /^application\/json/)
      }
    })
  }

  it('O13: a secret passes by either way at every endpoint, as libraries send it (mozilla-django-oidc, flask-oidc, requests-oauthlib, Authlib, oidc-client-ts); a wrong one by neither', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients } })
    for (const path of ['/revoke', '/introspect'])
      for (const [title, sent] of Object.entries(otherWays)) assert.equal((await attempt(latchwork, path, sent)).status, 200, `${title} at ${path}`)
    assert.equal((await attempt(latchwork, '/token', byPost)).status, 200)
    const code = await authorize(latchwork, { client_id: 'other', redirect_uri: testClients.other.redirectUris[0] })
    assert.equal((await redeem(latchwork, code, {}, basic('other'))).status, 200)
    refuses(await attempt(latchwork, '/device_authorization', byPost), 400, 'unauthorized_client')
    const wrong = { fields: { client_id: 'machine', client_secret: otherSecret } }
    for (const path of [...Object.keys(endpoints), '/device_authorization']) refuses(await attempt(latchwork, path, wrong), 401, 'invalid_client')
  })

  it('O13: the registered method passes, in every spelling that means the same', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients } })
    for (const [title, sent] of Object.entries<Attempt>({
      basic: { authorization: raw(good) },
      'basic in small letters': { authorization: raw(good).replace('Basic', 'basic') },
      'form-encoded (RFC 6749 §2.3.1)': { authorization: raw(`%6dachine:${testSecret.replaceAll('_', '%5F')}`) },
      'the same name in the body': { authorization: raw(good), fields: { client_id: 'machine' } },
      'the first of two secrets': { authorization: raw(`second:${otherSecret}`) },
      'the second of two secrets': { authorization: raw(`second:${rolling}`) },
    })) {
      assert.equal((await attempt(latchwork, '/token', sent)).status, 200, title)
    }
  })

  it('O13 K13: a second Authorization header is a second method, also where it is the same again (RFC 6749 §2.3)', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients } })
    const types = ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8'] // the lane, and the route
    for (const path of [...Object.keys(endpoints), '/device_authorization'])
      for (const type of types)
        for (const [first, second] of [
          [raw(good), raw(`second:${otherSecret}`)],
          [raw(good), raw(good)],
          [raw(good), `Bearer ${testSecret}`],
          [raw(good), ''],
          ['', raw(good)],
        ]) {
          const headers = [`Content-Type: ${type}`, `Authorization: ${first}`, `authorization: ${second}`]
          const fields = new URLSearchParams(endpoints[path]).toString() || 'scope=openid'
          const { status, body } = await sendRaw(latchwork, rawRequest(latchwork, `POST ${path} HTTP/1.1`, headers, fields))
          const { reference: _reference, ...told } = body
          assert.deepEqual([status, told], [401, toldToAll(latchwork)], `${path} ${first} ${second}`)
        }
    const headers = [`Content-Type: ${types[0]}`, `Authorization: Bearer ${latchwork.rootKey}`, `Authorization: ${raw(good)}`]
    refuses(await sendRaw(latchwork, rawRequest(latchwork, 'POST /introspect HTTP/1.1', headers, 'token=x')), 400, 'invalid_request')
  })

  it('O13: a repeated credential parameter is no credential', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients } })
    for (const twice of ['client_id=other&client_id=other', 'client_secret=a&client_secret=b', 'client_id=&client_id=']) {
      const answer = await latchwork.form('/token', new URLSearchParams(`grant_type=client_credentials&${twice}`))
      assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_request'], twice)
    }
  })

  it('O13: a public client that names itself, in the form or in the header without a secret, has no more than its own code', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients } })
    const code = await authorize(latchwork, { client_id: 'cli-app', redirect_uri: 'http://127.0.0.1:4242/cb' })
    assert.equal((await redeem(latchwork, code, { client_id: 'app' }, {} as ReturnType<typeof basic>)).status, 401)
    const answer = await redeem(latchwork, code, { client_id: 'cli-app' }, {} as ReturnType<typeof basic>)
    assert.equal(answer.status, 200)
    const inHeader = { authorization: raw('cli-app:') } // as requests-oauthlib names a public client
    const again = await authorize(latchwork, { client_id: 'cli-app', redirect_uri: 'http://127.0.0.1:4242/cb' }, code.browser)
    assert.equal((await redeem(latchwork, again, {}, inHeader)).status, 200)
    refuses(await latchwork.form('/introspect', { token: answer.body.access_token }, inHeader), 401, 'invalid_client')
    refuses(await redeem(latchwork, again, { client_id: 'other' }, inHeader), 401, 'invalid_client')
    const asked = await latchwork.form('/introspect', { token: answer.body.access_token, client_id: 'cli-app' })
    assert.deepEqual([asked.status, asked.body.error], [401, 'invalid_client'], 'introspection is for those who prove themselves (RFC 7662 §2.1)')
    const credentials = await latchwork.form('/token', { grant_type: 'client_credentials', client_id: 'cli-app' })
    assert.deepEqual([credentials.status, credentials.body.error], [400, 'unauthorized_client'])
  })

  it('O13 E1: the log and the events know which fault it was, and hold no secret', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients } })
    await attempt(latchwork, '/token', { authorization: raw(`machine:${otherSecret}`) })
    await attempt(latchwork, '/token', { authorization: raw(`cli-app:${testSecret}`) })
    const log = latchwork.log.join('\n')
    assert.match(log, /wrong secret/)
    assert.match(log, /registered for none, used client_secret_basic/)
    for (const secret of [otherSecret, testSecret, raw(`machine:${otherSecret}`).slice(6)]) assert.ok(!log.includes(secret))
  })
})

function toldToAll(latchwork: Latchwork): unknown {
  return {
    error: 'invalid_client',
    error_description:
      'Client authentication failed: check the client id, the method and its proof: the secret, the certificate, or the assertion, whose aud is the issuer.',
    error_uri: `${latchwork.issuer}/errors/client_authentication_failed`,
  }
}
