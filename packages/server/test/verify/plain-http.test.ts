/** Keys that others may have read on their way (K13). */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { redactCredentials } from '@latchwork/kernel'
import { createVerifier } from '@latchwork/verify'
import { type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'

/** An https issuer behind a proxy on this machine: what the proxy does not call encrypted came in clear. */
async function start(t: TestContext, revokeOnPlainHttp: boolean): Promise<{ readonly latchwork: Latchwork; readonly secret: string; readonly keyId: string }> {
  const latchwork = await startLatchwork(t, {
    http: { trustedProxies: ['127.0.0.1', '::1'] },
    config: { mode: 'production', issuer: 'https://auth.example.test', keys: { revokeOnPlainHttp } },
  })
  const { key, secret } = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'sk', environment: 'live', name: 'Nightly', scopes: ['notes:read'] })
  return { latchwork, secret: secret.reveal(), keyId: key.id }
}

/** Straight to the socket: the issuer's name is not ours to resolve. */
async function call({ server }: Latchwork, bearer: string, headers: Readonly<Record<string, string>>, query = '') {
  const { port } = server.address
  const answer = await fetch(`http://localhost:${port}/v1/events${query}`, { headers: { authorization: `Bearer ${bearer}`, ...headers } })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'did not come')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const revokedAt = async ({ server }: Latchwork, id: string) => (await server.installation.store.apiKeys.findKey(id))?.revokedAt

describe('a key over plain http', () => {
  it('K13 V5: is refused, and goes on living unless the operator wishes otherwise', async (t) => {
    const { latchwork, secret, keyId } = await start(t, false)
    refuses(await call(latchwork, secret, {}), 400, 'transport_insecure', /replace it/)
    refuses(await call(latchwork, secret, { 'x-forwarded-proto': 'http' }), 400, 'transport_insecure')
    await latchwork.server.installation.refusals.flush()
    assert.equal(await revokedAt(latchwork, keyId), undefined)
  })

  it('K13: is revoked where the operator wishes, with an event that says why; a root key is not', async (t) => {
    const { latchwork, secret, keyId } = await start(t, true)
    refuses(await call(latchwork, latchwork.rootKey, {}), 400, 'transport_insecure')
    refuses(await call(latchwork, `${secret.slice(0, -1)}${secret.endsWith('a') ? 'b' : 'a'}`, {}), 400, 'transport_insecure')
    const safe = await call(latchwork, secret, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' })
    refuses(safe, 401, 'credential_invalid')
    assert.equal(await revokedAt(latchwork, keyId), undefined, 'what came encrypted is left alone')
    refuses(await call(latchwork, secret, {}), 400, 'transport_insecure')
    await until(async () => (await revokedAt(latchwork, keyId)) !== undefined)
    await until(async () => (await latchwork.server.installation.verifier.lookUp(secret))?.record.alive === false)
    const { items } = await latchwork.server.installation.store.events.listEvents({ limit: 10, type: 'key.revoked' })
    assert.deepEqual(
      items.map(({ credentialId, reason }) => [credentialId, reason]),
      [[keyId, 'sent_over_plain_http']],
    )
    const other = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'rk', environment: 'live', name: 'In an address', scopes: [] })
    refuses(await call(latchwork, 'none', {}, `?key=${other.secret.reveal()}`), 400, 'transport_insecure')
    await until(async () => (await revokedAt(latchwork, other.key.id)) !== undefined)
    const written = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'rk', environment: 'live', name: 'Escaped in an address', scopes: [] })
    const escaped = written.secret.reveal().replaceAll('_', '%5F').replace(/^rk/, '%72%6b')
    refuses(await call(latchwork, 'none', {}, `?k=${escaped}&n=%zz%`), 400, 'transport_insecure')
    await until(async () => (await revokedAt(latchwork, written.key.id)) !== undefined)
    const twice = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'rk', environment: 'live', name: 'Escaped twice', scopes: [] })
    refuses(await call(latchwork, 'none', {}, `?k=${twice.secret.reveal().replaceAll('_', '%255F')}`), 400, 'transport_insecure')
    await latchwork.server.installation.refusals.flush()
    assert.equal(await revokedAt(latchwork, twice.key.id), undefined, 'undone once, as who reads the address does')
    const safeRoot = await call(latchwork, latchwork.rootKey, { 'x-forwarded-proto': 'https' })
    assert.equal(safeRoot.status, 200)
  })

  it('K13 V5: one that came so to a verifier elsewhere is told of, once, where it is asked for; and revoked where the operator wishes', async (t) => {
    const lines: string[] = []
    for (const revokeOnPlainHttp of [false, true]) {
      const latchwork = await startLatchwork(t, { config: { keys: { revokeOnPlainHttp } } })
      const verifier = createVerifier({
        issuer: latchwork.issuer,
        audience: 'https://api.example.test',
        rootKey: latchwork.rootKey,
        reportExposed: true,
        log: (line) => lines.push(line),
      })
      t.after(() => verifier.close())
      const { key, secret } = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'sk', environment: 'live', name: 'Nightly', scopes: [] })
      const arriving = (bearer: string) => ({
        headers: { authorization: `Bearer ${bearer}`, 'user-agent': `cron/1 ${bearer}` },
        method: 'GET',
        url: '/',
        secure: false,
        loopback: false,
        remoteAddress: '192.0.2.7',
      })
      const isRefused = (bearer: string) =>
        assert.rejects(verifier.authenticate(arriving(bearer)), (error: { code: string }) => error.code === 'transport_insecure')
      await isRefused(latchwork.rootKey)
      await isRefused('nothing')
      const odd = await latchwork.server.issueKey({ accountId: 'acc_test', kind: 'rk', environment: 'live', name: 'Odd', scopes: [] })
      await assert.rejects(verifier.authenticate({ ...arriving(odd.secret.reveal()), remoteAddress: 'fe80::1%eth0' })) // what some frameworks give
      await until(async () => lines.some((line) => line.includes(odd.key.id)))
      for (let call = 0; call < 3; call++) await isRefused(secret.reveal())
      const said = `key ${key.id} came over plain http${revokeOnPlainHttp ? ' and was revoked' : ': replace it'}`
      await until(async () => lines.includes(said))
      assert.equal(lines.filter((line) => line === said).length, 1)
      assert.equal((await revokedAt(latchwork, key.id)) !== undefined, revokeOnPlainHttp)
      const { items } = await latchwork.server.installation.store.events.listEvents({ limit: 10, type: 'key.revoked' })
      assert.deepEqual(
        items
          .filter(({ credentialId }) => credentialId === key.id)
          .map(({ credentialId, reason, address, userAgent }) => [credentialId, reason, address, userAgent]),
        revokeOnPlainHttp ? [[key.id, 'sent_over_plain_http', '192.0.2.7', `cron/1 ${redactCredentials(secret.reveal())}`]] : [],
      )
    }
    assert.ok(!lines.some((line) => /sk_live_lw_\w{20}/.test(line)))
  })
})
