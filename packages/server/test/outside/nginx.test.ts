import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { type NginxProxy, startNginx, withoutNginx } from '../kit/nginx.ts'
import { freePort, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

async function start(t: TestContext): Promise<{ readonly latchwork: Latchwork; readonly proxy: NginxProxy; readonly root: Readonly<Record<string, string>> }> {
  const port = await freePort()
  const latchwork = await startLatchwork(t, { http: { trustedProxies: ['127.0.0.1'] }, config: { issuer: `https://localhost:${port}`, mode: 'production' } })
  const proxy = await startNginx(t, port, latchwork.server.address.port)
  return { latchwork, proxy, root: { authorization: `Bearer ${latchwork.rootKey}` } }
}

describe('behind nginx, configured as the guide says', { skip: withoutNginx }, () => {
  it('R6 K8 V5: calls of the lane arrive by the lane, encrypted and from their caller; whoever writes forwarding headers is not believed', async (t) => {
    const { latchwork, proxy, root } = await start(t)
    const read: string[] = []
    const see = (message: unknown): void => void read.push((message as { readonly request: IncomingMessage }).request.url ?? '')
    const spoofed = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' }
    const verify = (credential: string) =>
      proxy.call('/v1/verify', { method: 'POST', headers: { ...root, ...JSON_TYPE, ...spoofed }, body: JSON.stringify({ credential }) })
    subscribe('http.server.request.start', see)
    t.after(() => unsubscribe('http.server.request.start', see))
    const answers = await Promise.all(Array.from({ length: 200 }, (_, at) => verify(at % 2 === 0 ? latchwork.rootKey : 'x')))
    assert.deepEqual(
      answers.map(({ status, body }) => [status, JSON.parse(body).record?.alive === true]),
      answers.map((_, at) => [200, at % 2 === 0]),
    )
    assert.deepEqual(read, []) // by Node’s HTTP
    const wrong = await proxy.call('/v1/verify', { method: 'POST', headers: { ...JSON_TYPE, ...spoofed, authorization: 'Bearer lw_root_x' }, body: '{}' })
    assert.equal(wrong.status, 401)
    await latchwork.server.installation.refusals.flush()
    const { items } = JSON.parse((await proxy.call('/v1/events?type=request.refused', { headers: root })).body)
    assert.equal(items[0].address, '127.0.0.2')
  })

  it('R6: whatever else comes on the same connections is answered, too, and theirs after it', async (t) => {
    const { latchwork, proxy, root } = await start(t)
    const calls = Array.from({ length: 300 }, (_, at) =>
      at % 3 === 0
        ? proxy.call('/.well-known/openid-configuration')
        : proxy.call('/v1/verify', { method: 'POST', headers: { ...root, ...JSON_TYPE }, body: JSON.stringify({ credential: latchwork.rootKey }) }),
    )
    const answers = await Promise.all(calls)
    assert.ok(answers.every(({ status }) => status === 200))
    assert.ok(answers.every(({ body }, at) => (at % 3 === 0) === body.includes('"token_endpoint"')))
    const large = await proxy.call('/v1/accounts', { method: 'POST', headers: { ...root, ...JSON_TYPE }, body: `{"name":"${'x'.repeat(70_000)}"}` })
    assert.deepEqual([large.status, JSON.parse(large.body).code], [413, 'body_too_large'])
    assert.match(String((await proxy.call('/login')).headers['strict-transport-security']), /max-age/)
  })

  it('K10: a revocation comes through at once, although a proxy stands between', async (t) => {
    const { proxy, root } = await start(t)
    let heard = ''
    proxy.listen('/v1/revocations', root, (piece) => {
      heard += piece
    })
    await until(() => heard.includes('event: hello'), 'hello')
    const account = JSON.parse((await proxy.call('/v1/accounts', { method: 'POST', headers: { ...root, ...JSON_TYPE }, body: '{"name":"Acme"}' })).body)
    const asked = { accountId: account.id, name: 'behind nginx', kind: 'rk', scopes: ['notes:read'] }
    const made = await proxy.call('/v1/keys', { method: 'POST', headers: { ...root, ...JSON_TYPE }, body: JSON.stringify(asked) })
    const { key } = JSON.parse(made.body)
    await proxy.call(`/v1/keys/${key.id}`, { method: 'DELETE', headers: root })
    await until(() => heard.includes(`key:${key.id}`), 'the revocation')
  })
})
