/** Clients that prove themselves by the certificate of their connection (RFC 8705 §2), spoken to directly and through a proxy. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startServer } from '@latchwork/server'
import { loadConfig } from '@latchwork/server/config'
import { type Certificate, newAuthority, selfSignedClient } from '../kit/certificate.ts'
import { startSecureHost } from '../kit/secure-host.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { API, freePort, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const authority = newAuthority('Acme CA')
const subject = [
  ['C', 'DE'],
  ['O', 'Acme, Inc.'],
  ['CN', 'job one'],
] as const
const good = authority.issue({ subject, dns: 'job.acme.test' })
const alone = selfSignedClient({ subject: [['CN', 'alone']] })
const machine = { grantTypes: ['client_credentials'], scopes: ['notes:read'], audiences: [API] }
const byName = (id: string, by: string, value: string) => ({
  id,
  name: id,
  ...machine,
  authenticationMethod: 'tls_client_auth',
  settings: { tlsClientAuth: { by, value } },
})
const jwk = { ...alone.jwk, x5c: [alone.raw.toString('base64')] }
const clients = [
  byName('by-dn', 'subject_dn', 'CN=job one,O=Acme\\, Inc.,C=DE'),
  byName('by-dn-spelt', 'subject_dn', 'cn=job one, o=Acme\\2C Inc., c=DE'),
  byName('by-dns', 'san_dns', 'JOB.acme.test'),
  { id: 'self-signed', name: 'self-signed', ...machine, authenticationMethod: 'self_signed_tls_client_auth', settings: { jwks: { keys: [jwk] } } },
]
const apis = [{ identifier: API, name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] }]

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-tls-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A server that speaks TLS by itself. */
async function startTls(t: TestContext, mtls: Readonly<Record<string, unknown>> = { enabled: true }, more: Readonly<Record<string, unknown>> = {}) {
  const own = selfSigned('localhost')
  const folder = await folderOf(t, { 'cert.pem': own.cert, 'key.pem': own.key, 'ca.pem': authority.pem })
  const port = await freePort()
  const config = await loadConfig({
    env: {},
    flags: {},
    cwd: folder,
    given: {
      issuer: `https://localhost:${port}`,
      mode: 'production',
      http: { port, host: 'localhost', tls: { certFile: 'cert.pem', keyFile: 'key.pem' } },
      oauth: { mtls: { ...mtls, caFile: join(folder, 'ca.pem') } },
      data: folder,
      apis,
      clients: mtls['enabled'] === true ? clients : [],
      log: { level: 'fatal' },
      ...more,
    } as NonNullable<Parameters<typeof loadConfig>[0]>['given'] & object,
  })
  const server = await startServer(config, { log: { write: () => {} } })
  t.after(() => server.close())
  return (clientId: string, certificate?: Certificate, more: Readonly<Record<string, string>> = {}) =>
    new Promise<{ readonly status: number; readonly error: string | undefined; readonly retryAfter?: string }>((resolve, reject) => {
      const body = String(new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, ...more }))
      const tls = certificate === undefined ? {} : { cert: certificate.pem, key: certificate.keyPem }
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length, connection: 'keep-alive' } // what is to be closed is read by Node
      const sent = request(`https://localhost:${port}/token`, { method: 'POST', ca: own.cert, agent: false, headers, ...tls }, async (response) => {
        let text = ''
        for await (const chunk of response) text += String(chunk)
        const retryAfter = response.headers['retry-after']
        resolve({ status: response.statusCode ?? 0, error: JSON.parse(text).error, ...(retryAfter === undefined ? {} : { retryAfter }) })
      })
      sent.on('error', reject)
      sent.end(body)
    })
}

describe('tls_client_auth and self_signed_tls_client_auth', () => {
  it('O13: the certificate of the connection is the proof, by the one name that is registered', async (t) => {
    const ask = await startTls(t)
    for (const id of ['by-dn', 'by-dn-spelt', 'by-dns']) assert.deepEqual(await ask(id, good), { status: 200, error: undefined }, id)
    assert.deepEqual(await ask('self-signed', alone), { status: 200, error: undefined })
  })

  it('O13: every other certificate, none, and a second method: 401 invalid_client', async (t) => {
    const ask = await startTls(t)
    const day = 86_400_000
    const stranger = newAuthority('Acme CA')
    const wrong: Readonly<Record<string, Certificate | undefined>> = {
      none: undefined,
      'of a stranger of the same name': stranger.issue({ subject, dns: 'job.acme.test' }),
      'of another name': authority.issue({ subject: [['CN', 'job two']], dns: 'job.acme.test.evil.test' }),
      'of more name': authority.issue({ subject: [...subject, ['CN', 'x']], dns: 'x.job.acme.test' }),
      'with two names in one': authority.issue({ subject: [['CN', 'job one,O=Acme\\, Inc.,C=DE']], dns: 'x, DNS:job.acme.test' }),
      expired: authority.issue({ subject, dns: 'job.acme.test', from: Date.now() - 2 * day, until: Date.now() - day }),
      'not yet': authority.issue({ subject, dns: 'job.acme.test', from: Date.now() + day, until: Date.now() + 2 * day }),
      'for servers': authority.issue({ subject, dns: 'job.acme.test', purpose: '2b06010505070301' }),
      'self-signed with the right name': selfSignedClient({ subject, dns: 'job.acme.test' }),
    }
    for (const [title, certificate] of Object.entries(wrong))
      for (const id of ['by-dn', 'by-dns', 'self-signed'])
        assert.deepEqual(await ask(id, certificate), { status: 401, error: 'invalid_client' }, `${title} as ${id}`)
    assert.deepEqual(await ask('self-signed', selfSignedClient({ subject: [['CN', 'alone']] })), { status: 401, error: 'invalid_client' })
    assert.deepEqual(await ask('by-dn', good, { client_secret: 'x' }), { status: 401, error: 'invalid_client' })
    assert.deepEqual(await ask('nobody', good), { status: 401, error: 'invalid_client' })
  })

  it('O13: the x5c of a registered key must be the very certificate, and the first of its list (RFC 8705 §2.2, RFC 7517 §4.7)', async (t) => {
    const x5cOf = (...certificates: readonly Certificate[]) => certificates.map(({ raw }) => raw.toString('base64'))
    const [other, again] = [selfSignedClient({ subject: [['CN', 'other']] }), selfSignedClient({ subject: [['CN', 'alone']] })]
    const sets = {
      'another certificate': [{ ...other.jwk, x5c: x5cOf(other) }],
      'of the same name': [{ ...again.jwk, x5c: x5cOf(again) }],
      'not the first': [{ ...other.jwk, x5c: x5cOf(other, alone) }],
      'the key without its certificate': [alone.jwk, { ...other.jwk, x5c: x5cOf(other) }],
    }
    const declared = Object.entries(sets).map(([title, keys], at) => ({ ...clients.at(-1), id: `set-${at}`, name: title, settings: { jwks: { keys } } }))
    const ask = await startTls(t, { enabled: true }, { clients: [...clients, ...declared] })
    assert.equal((await ask('self-signed', alone)).status, 200)
    for (const { id, name } of declared) assert.deepEqual(await ask(id, alone), { status: 401, error: 'invalid_client' }, name)
  })

  it('O13: a self-signed client changes its certificate by publishing the new one (RFC 8705 §2.2)', async (t) => {
    const next = selfSignedClient({ subject: [['CN', 'alone']] })
    let published = { keys: [jwk] }
    const host = await startSecureHost(t, () => published)
    const remote = { ...clients.at(-1), id: 'remote', settings: { jwksUri: `${host.url}/jwks` } }
    const ask = await startTls(t, { enabled: true }, { clients: [remote], outbound: host.outbound })
    assert.equal((await ask('remote', alone)).status, 200)
    published = { keys: [jwk, { ...next.jwk, x5c: [next.raw.toString('base64')] }] }
    for (const certificate of [next, alone, next]) assert.equal((await ask('remote', certificate)).status, 200)
    for (let times = 5; times > 0; times--)
      assert.deepEqual(await ask('remote', selfSignedClient({ subject: [['CN', 'x']] })), { status: 401, error: 'invalid_client' })
    assert.equal(host.visits(), 2, 'two in five seconds')
  })

  it('O13: while the key set of a self-signed client cannot be read: 503, as nobody can tell; a client that is not, or shows nothing, gets 401', async (t) => {
    let published: unknown
    const host = await startSecureHost(t, () => published)
    const remote = { ...clients.at(-1), id: 'remote', settings: { jwksUri: `${host.url}/jwks` } }
    const ask = await startTls(t, { enabled: true }, { clients: [remote], outbound: host.outbound })
    assert.deepEqual(await ask('remote', alone), { status: 503, error: 'temporarily_unavailable', retryAfter: '5' })
    assert.deepEqual(await ask('remote', selfSignedClient({ subject: [['CN', 'x']] })), { status: 503, error: 'temporarily_unavailable', retryAfter: '5' })
    assert.equal(host.visits(), 1)
    for (const [id, certificate] of [['nobody', alone] as const, ['remote', undefined] as const])
      assert.deepEqual(await ask(id, certificate), { status: 401, error: 'invalid_client' }, id)
  })

  it('O13: a header counts from the trusted proxy alone, in each way proxies write it', async (t) => {
    const folder = await folderOf(t, { 'ca.pem': authority.pem })
    const oauth = { mtls: { enabled: true, caFile: join(folder, 'ca.pem'), header: 'client-cert' } }
    const behind = await startLatchwork(t, { http: { trustedProxies: ['127.0.0.1', '::1'] }, config: { apis, clients, oauth } })
    const fields = { grant_type: 'client_credentials', client_id: 'by-dn' }
    const ways = {
      'RFC 9440': `:${good.raw.toString('base64')}:`,
      nginx: encodeURIComponent(good.pem),
      'base64 alone': good.raw.toString('base64'),
    }
    const over = { 'x-forwarded-proto': 'https' }
    for (const [title, value] of Object.entries(ways)) assert.equal((await behind.form('/token', fields, { ...over, 'client-cert': value })).status, 200, title)
    for (const value of ['', 'x', ':AAAA:', '%', `${ways['RFC 9440']}, ${ways['RFC 9440']}`, 'x'.repeat(16_000)])
      refuses(await behind.form('/token', fields, { ...over, 'client-cert': value }), 401, 'invalid_client')
    const elsewhere = await startLatchwork(t, { http: { trustedProxies: ['192.0.2.1'] }, config: { apis, clients, oauth } })
    refuses(await elsewhere.form('/token', fields, { 'client-cert': ways['RFC 9440'] }), 401, 'invalid_client')
  })

  it('O13: off by default: such a client is not taken, and metadata does not speak of it', async (t) => {
    await assert.rejects(startLatchwork(t, { config: { apis, clients } }), /oauth\.mtls\.enabled/)
    const latchwork = await startLatchwork(t)
    const { body } = await latchwork.call('GET', '/.well-known/openid-configuration')
    assert.ok(!body.token_endpoint_auth_methods_supported.some((method: string) => method.includes('tls')))
    const on = await startLatchwork(t, { config: { oauth: { mtls: { enabled: true } } } })
    const metadata = (await on.call('GET', '/.well-known/openid-configuration')).body
    for (const method of ['tls_client_auth', 'self_signed_tls_client_auth']) assert.ok(metadata.token_endpoint_auth_methods_supported.includes(method))
  })
})
