import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { type RunningServer, startServer } from '@latchwork/server'
import { loadConfig } from '@latchwork/server/config'
import { type RunningApi, startApi } from '../src/api.ts'
import { readSettings } from '../src/settings.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

describe('the Notes API', () => {
  const data = mkdtempSync(join(tmpdir(), 'latchwork-notes-'))
  const rootKey = mintToken('root_key').reveal()
  let server: RunningServer
  let api: RunningApi

  before(async () => {
    const [port, apiPort] = [await freePort(), await freePort()]
    const scopes = ['notes:read', 'notes:write'].map((name) => ({ name, description: `May ${name}` }))
    const config = await loadConfig({
      given: {
        data,
        http: { port },
        demo: false,
        log: { level: 'fatal' },
        apis: [{ identifier: `http://localhost:${apiPort}`, name: 'Notes', firstParty: true, scopes }],
        accounts: [{ id: 'acc_acme', name: 'Acme' }],
        rootKeys: [{ name: 'notes', digest: digestOf(rootKey), scopes: ['credentials:verify', 'revocations:read', 'keys:write'] }],
      },
    })
    server = await startServer(config)
    api = await startApi({ issuer: server.issuer, rootKey, port: apiPort })
  })

  after(async () => {
    await api?.close()
    await server?.close()
    rmSync(data, { recursive: true })
  })

  function call(credential: string | undefined, note?: unknown): Promise<Response> {
    const headers = { ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }), 'content-type': 'application/json' }
    return fetch(`${api.url}/notes`, note === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(note) })
  }

  async function keyWith(...scopes: readonly string[]) {
    return server.issueKey({ accountId: 'acc_acme', kind: 'rk', environment: 'live', name: 'test', scopes })
  }

  it('V1: takes an API key, says who calls, and keeps what is written', async () => {
    const { key, secret } = await keyWith('notes:read', 'notes:write')
    assert.equal((await call(secret.reveal(), { text: 'Buy milk' })).status, 201)
    const answer = await call(secret.reveal())
    assert.equal(answer.status, 200)
    const { notes, caller } = (await answer.json()) as { notes: { text: string }[]; caller: { mechanism: string; credentialId: string; accountId: string } }
    assert.equal(notes.at(-1)?.text, 'Buy milk')
    assert.deepEqual([caller.mechanism, caller.credentialId, caller.accountId], ['api_key', key.id, 'acc_acme'])
  })

  it('V1: takes a session token on the same route', async () => {
    const person = { email: 'ada@example.com', password: 'correct horse battery staple' }
    const post = (path: string, body: object) =>
      fetch(`${server.issuer}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    assert.equal((await post('/v1/sessions/sign-up', { ...person, name: 'Ada' })).status, 201)
    const { accessToken, user } = (await (await post('/v1/sessions/sign-in', person)).json()) as { accessToken: string; user: { id: string } }
    const { caller } = (await (await call(accessToken)).json()) as { caller: { mechanism: string; userId: string } }
    assert.deepEqual([caller.mechanism, caller.userId], ['session', user.id])
  })

  it('V3 O14: refuses no credential, garbage, and a scope that is missing, each with its challenge', async () => {
    const { secret } = await keyWith('notes:read')
    const cases: readonly [Response, number, string, RegExp][] = [
      [
        await call(undefined),
        401,
        'credential_missing',
        /^Bearer realm="notes", resource_metadata="http:\/\/localhost:\d+\/\.well-known\/oauth-protected-resource"$/,
      ],
      [await call(`${secret.reveal().slice(0, -1)}!`), 401, 'credential_malformed', /error="invalid_token"/],
      [await call(secret.reveal(), { text: 'no' }), 403, 'scope_insufficient', /error="insufficient_scope".*scope="notes:write"/],
    ]
    for (const [answer, status, code, challenge] of cases) {
      assert.equal(answer.status, status)
      assert.match(answer.headers.get('www-authenticate') ?? '', challenge)
      assert.equal(((await answer.json()) as { code: string }).code, code)
    }
  })

  it('K10: refuses a revoked key within 100 ms of the revocation', async () => {
    const { key, secret } = await keyWith('notes:read')
    assert.equal((await call(secret.reveal())).status, 200)
    const revoked = await fetch(`${server.issuer}/v1/keys/${key.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${rootKey}` } })
    assert.equal(revoked.status, 204)
    const deadline = performance.now() + 100
    let status = 200
    while (status === 200 && performance.now() < deadline) status = (await call(secret.reveal())).status
    assert.equal(status, 401)
  })

  it('R6: refuses what is no note, and what is too large', async () => {
    const { secret } = await keyWith('notes:write')
    for (const note of [{}, { text: '' }, { text: 7 }, { text: 'x'.repeat(501) }, { text: 'x'.repeat(100_000) }, [1]]) {
      assert.equal((await call(secret.reveal(), note)).status, 400, JSON.stringify(note).slice(0, 40))
    }
  })

  it('says how to call it, and what is not there', async () => {
    const page = await fetch(api.url)
    assert.equal(page.status, 200)
    assert.match(await page.text(), new RegExp(`curl ${api.url}/notes`))
    assert.equal((await fetch(`${api.url}/nothing`)).status, 404)
  })

  it('names the setting that is missing', () => {
    assert.throws(() => readSettings({ LATCHWORK_ISSUER: 'http://localhost:8420' }), /LATCHWORK_ROOT_KEY is not set/)
  })
})
