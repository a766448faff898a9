/** What an installation looks like from outside, asked of real servers over TLS. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { checkFacts, type FrontFacts, installationRules, lookAtFront } from '@latchwork/audit'
import { selfSigned } from '../packages/server/test/kit/self-signed.ts'
import { freePort, startLatchwork } from '../packages/server/test/kit/start-latchwork.ts'

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

const seen = async (address: string): Promise<FrontFacts> => {
  const front = await lookAtFront(address)
  if (typeof front === 'string') assert.fail(front)
  return front
}

describe('an audit from outside', () => {
  const certificate = selfSigned()
  const trusted = getCACertificates('default')
  before(() => setDefaultCACertificates([...trusted, certificate.cert]))
  after(() => setDefaultCACertificates(trusted))

  const overTls = (t: TestContext, options: ServerOptions, headers: Readonly<Record<string, string | string[]>>) =>
    listening(
      t,
      createServer({ ...certificate, ...options }, (_request, response) => response.writeHead(200, headers).end('<p>Sign in')),
    )

  it('A3: cookies without their values, headers, the end of the certificate, and that old TLS is not taken', async (t) => {
    const port = await overTls(
      t,
      {},
      {
        'set-cookie': ['__Host-lw_browser=s3cret; Path=/; Secure; HttpOnly; SameSite=Lax', 'b=; Path=/'],
        'strict-transport-security': 'max-age=31536000',
        'content-security-policy': "frame-ancestors 'none'",
      },
    )
    const { tls, ...rest } = await seen(`https://localhost:${port}`)
    assert.deepEqual(rest, {
      address: `https://localhost:${port}/login`,
      cookies: ['__Host-lw_browser=…; Path=/; Secure; HttpOnly; SameSite=Lax', 'b=…; Path=/'],
      strictTransportSecurity: 'max-age=31536000',
      contentSecurityPolicy: "frame-ancestors 'none'",
    })
    assert.equal(tls?.takesOldVersions, false)
    const hours = ((tls?.certificateEndsAt ?? 0) - Date.now()) / 3_600_000
    assert.ok(hours > 22 && hours < 25, String(hours))
  })

  it('A3: in a server of ours that speaks TLS itself nothing is found but that its certificate ends tomorrow', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchwork-front-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(certFile, certificate.cert)
    writeFileSync(keyFile, certificate.key)
    const { server } = await startLatchwork(t, { http: { tls: { certFile, keyFile } }, config: { mode: 'production', issuer: 'https://localhost' } })
    const front = await seen(`https://localhost:${server.address.port}`)
    assert.ok(front.cookies.length > 0, 'the page sets a cookie')
    const { findings } = checkFacts(installationRules, { now: Date.now(), front })
    assert.deepEqual(
      findings.map(({ rule }) => rule.id),
      ['installation/certificate-ends-soon'],
    )
  })

  it('A3: a server that takes TLS 1.1 is found out', async (t) => {
    const port = await overTls(t, { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, {})
    assert.equal((await seen(`https://localhost:${port}`)).tls?.takesOldVersions, true)
  })

  it('A3: what cannot be looked at is told with its reason: nobody there, a page that is none, a certificate of strangers, plain http elsewhere', async (t) => {
    const missing = await listening(
      t,
      createHttp((_request, response) => response.writeHead(404).end()),
    )
    const stranger = selfSigned()
    const port = await listening(
      t,
      createServer(stranger, (_request, response) => response.end()),
    )
    assert.match(String(await lookAtFront(`http://localhost:${await freePort()}`)), /could not be asked \(ECONNREFUSED\)/)
    assert.match(String(await lookAtFront(`http://localhost:${missing}`)), /could not be asked \(answers 404\)/)
    assert.match(String(await lookAtFront(`https://localhost:${port}`)), /could not be asked \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
    assert.match(String(await lookAtFront('http://auth.example.com')), /is no https address/)
  })
})
