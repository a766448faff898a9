/** One of everything is made, changed, asked for and ended, and each answer is laid beside what /openapi.json says of it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Compile } from 'typebox/schema'
import { claimsOf, newEmail, password, signInDevice } from '../kit/front-end.ts'
import { type Answer, API, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'

// biome-ignore lint/suspicious/noExplicitAny: parts of a document
type Part = any

const DIGEST = 'a'.repeat(64)

/** Calls, and fails where an answer is not the one that is described. Gives the operations that answered well, too. */
async function describedCalls(latchwork: Latchwork) {
  const { paths, components } = (await latchwork.call('GET', '/openapi.json')).body as Part
  const reached = new Set<string>()
  const routes = Object.entries<Part>(paths).map(([path, operations]) => ({ pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`), path, operations }))
  const whole = (part: Part): Part => {
    if (Array.isArray(part)) return part.map(whole)
    if (typeof part !== 'object' || part === null) return part
    if (part.$ref !== undefined) return whole(components[part.$ref.split('/')[2]][part.$ref.split('/')[3]])
    const members = Object.fromEntries(Object.entries(part).map(([name, member]) => [name, whole(member)]))
    return part.properties !== undefined && part.type === 'object' ? { additionalProperties: false, ...members } : members
  }
  const check = (method: string, target: string, { status, headers, body }: Answer): void => {
    const path = target.split('?', 1)[0] ?? ''
    const found = routes.filter(({ pattern, operations }) => pattern.test(path) && method.toLowerCase() in operations)
    const { operations } = found.find((route) => route.path === path) ?? found[0] ?? assert.fail(`${method} ${path} is not described`)
    const { operationId, responses } = operations[method.toLowerCase()]
    const said = whole(responses[status] ?? responses.default)
    const what = `${operationId} ${status}`
    const type = headers.get('content-type')?.split(';')[0]
    if (status < 300) reached.add(operationId)
    if (said.content === undefined) {
      assert.deepEqual([type, body], [undefined, ''], what)
      return
    }
    const { schema } = said.content[type ?? ''] ?? assert.fail(`${what}: ${type}`)
    const [, faults] = Compile(schema).Errors(body)
    assert.deepEqual(faults, [], `${what}: ${JSON.stringify(body)}`)
  }
  return {
    reached,
    all: routes.flatMap(({ operations }) => Object.values<Part>(operations).map(({ operationId }) => operationId as string)),
    ask: async (bearer: string | undefined, method: string, path: string, body?: object) => {
      const answer = await latchwork.call(method, path, { ...(bearer === undefined ? {} : { bearer }), ...(body === undefined ? {} : { body }) })
      check(method, path, answer)
      return answer.body
    },
  }
}

describe('answers of the management API', () => {
  it('V3: are those that /openapi.json describes: status, media type, and every member', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'latchwork-'))
    t.after(() => rm(directory, { recursive: true }))
    const latchwork = await startLatchwork(t, { config: { applications: { maxPerPerson: 5 }, deliveryTargets: [{ name: 'disk', kind: 'file', directory }] } })
    const { ask, reached, all } = await describedCalls(latchwork)
    const root = (method: string, path: string, body?: object) => ask(latchwork.rootKey, method, path, body)
    const device = await signInDevice(latchwork)
    const own = (method: string, path: string, body?: object) => ask(device.accessToken, method, path, body)
    const userId = claimsOf(device.accessToken).sub
    await ask(undefined, 'POST', '/v1/sessions/sign-up', { email: newEmail(), password })
    await ask(undefined, 'POST', '/v1/sessions/sign-in', { email: device.email, password })
    await ask(undefined, 'POST', '/v1/sessions/refresh')
    await ask(undefined, 'POST', '/v1/sessions/sign-out')

    const { id } = await root('POST', '/v1/accounts', { name: 'Acme' })
    await root('PATCH', `/v1/accounts/${id}`, { name: 'Acme & Sons' })
    await root('POST', `/v1/accounts/${id}/members`, { userId })
    for (const path of ['', '/members', `/members/${userId}/keys`, '/rotation']) await root('GET', `/v1/accounts/${id}${path}`)

    const terms = {
      scopes: ['notes:read'],
      networks: ['127.0.0.0/8'],
      limits: [{ name: 'a', count: 5, periodSeconds: 60 }],
      metadata: { plan: 'pro', seats: 3, paid: true },
    }
    const credits = { remaining: 9, refill: { amount: 1, everySeconds: 60, max: 9 } }
    const made = await root('POST', '/v1/keys', { accountId: id, name: 'One', ...terms, credits, externalId: 'c1', expiresAt: '2100-01-01T00:00:00Z' })
    await root('POST', '/v1/keys', { accountId: id, name: 'For a page', kind: 'pk' })
    await root('POST', '/v1/keys/import', { keys: [{ accountId: id, name: 'Old', digest: DIGEST, kind: 'rk' }] })
    await root('PATCH', `/v1/keys/${made.key.id}`, { name: 'Two', externalId: null })
    for (const key of [made.secret, `${made.secret}x`, 'x']) {
      await root('POST', '/v1/keys/verify', { key, scopes: { any: ['notes:read'] }, address: '127.0.0.1', userAgent: 'curl' })
      await root('POST', '/v1/verify', { credential: key })
    }
    await root('POST', '/v1/keys/exposed', { key: made.secret })
    const minute = new Date(latchwork.now()).toISOString()
    await root('POST', '/v1/keys/use', {
      reporter: 'verifier1',
      sequence: 1,
      uses: [{ keyId: made.key.id, minute, counts: { valid: 2 }, lastAddress: '127.0.0.1' }],
    })
    await latchwork.server.installation.keyUse.flush()
    const roll = await root('POST', `/v1/keys/${made.key.id}/roll`, { overlapSeconds: 60 })
    await root('POST', `/v1/keys/${made.key.id}/end`)
    const rotation = { target: 'disk', path: '{key}/key', everySeconds: 3600 }
    await root('PUT', `/v1/keys/${roll.key.id}/rotation`, rotation)
    await root('PUT', `/v1/accounts/${id}/rotation`, { ...rotation, path: 'of-account/{key}' })
    for (const path of ['', '/use', '/networks', '/rotation']) await root('GET', `/v1/keys/${roll.key.id}${path}`)
    for (const path of ['', '/unused?days=1', '?limit=1&kind=rk', '/key_none']) await root('GET', `/v1/keys${path}`)
    await root('POST', `/v1/keys/${roll.key.id}/rotation/run`)
    for (const path of ['/v1/rotations', '/v1/delivery-targets', `/v1/accounts/${id}/rotation`]) await root('GET', path)
    const [{ keyId }] = (await root('GET', '/v1/rotations')).items
    for (const path of [`/v1/accounts/${id}/rotation`, `/v1/keys/${keyId}/rotation`, `/v1/keys/${keyId}`]) await root('DELETE', path)

    const asked = { name: 'Printer', grantTypes: ['client_credentials'], scopes: ['notes:read'], audiences: [API] }
    const { client } = await root('POST', '/v1/clients', asked)
    await root('PATCH', `/v1/clients/${client.id}`, { name: 'Plotter' })
    await root('POST', `/v1/clients/${client.id}/secrets/roll`)
    for (const path of ['', `/${client.id}`]) await root('GET', `/v1/clients${path}`)
    await root('DELETE', `/v1/clients/${client.id}`)
    const { token } = await root('POST', '/v1/initial-access-tokens', { name: 'CI', uses: null })
    await root('GET', '/v1/initial-access-tokens')
    await root('DELETE', `/v1/initial-access-tokens/${token.id}`)
    const { rootKey } = await root('POST', '/v1/root-keys', { name: 'Reader', scopes: ['keys:read'] })
    await root('GET', '/v1/root-keys')
    await root('DELETE', `/v1/root-keys/${rootKey.id}`)

    const application = { name: 'Mine', redirectUris: ['https://mine.example/cb'], scopes: ['openid'] }
    const { client: mine } = await own('POST', '/v1/me/applications', application)
    await own('PATCH', `/v1/me/applications/${mine.id}`, { name: 'Still mine' })
    await own('POST', `/v1/me/applications/${mine.id}/secrets/roll`)
    const pat = await own('POST', '/v1/me/tokens', { name: 'Laptop', expiresAt: new Date(latchwork.now() + 86_400_000).toISOString() })
    const next = await own('POST', `/v1/me/tokens/${pat.key.id}/roll`)
    for (const path of ['applications', `applications/${mine.id}`, 'tokens', `tokens/${pat.key.id}`, 'consents']) await own('GET', `/v1/me/${path}`)
    for (const path of [`applications/${mine.id}`, `tokens/${next.key.id}`, 'consents/none']) await own('DELETE', `/v1/me/${path}`)

    await root('POST', '/v1/keys', { accountId: id, name: 'Ada’s', kind: 'rk', userId })
    await root('POST', `/v1/accounts/${id}/members/${userId}/keys/roll`)
    await root('POST', `/v1/accounts/${id}/members/${userId}/keys/end`)
    await root('DELETE', `/v1/accounts/${id}/members/${userId}`)
    await root('PATCH', `/v1/people/${userId}`, { profile: { given_name: 'Ada', address: { country: 'GB' } } })
    for (const path of ['', `/${userId}`]) await root('GET', `/v1/people${path}`)
    for (const act of ['disable', 'enable']) {
      await root('POST', `/v1/people/${userId}/${act}`)
      await root('POST', `/v1/accounts/${id}/${act}`)
    }
    await ask(undefined, 'POST', '/v1/leaks', { credential: pat.secret, source: 'a wiki' })
    const [{ kid }] = (await root('POST', '/v1/signing-keys/rotate')).items
    await root('GET', '/v1/signing-keys')
    await root('POST', `/v1/signing-keys/${kid}/revoke`, { reason: 'lost' })
    for (const path of ['events', 'events?type=key.&limit=2', 'events/chain', 'alerts/deliveries', 'accounts']) await root('GET', `/v1/${path}`)
    for (const path of ['live', 'ready', 'writable']) await ask(undefined, 'GET', `/health/${path}`)
    const left = all.filter((name) => !reached.has(name)).sort()
    assert.deepEqual(
      left,
      ['deleteMeConsentsById', 'getRevocations', 'postConsentsByIdKeys', 'postEventsChainAcceptedBreaks', 'postSessionsRefresh'],
      'what others need a consent, a cookie, a stream or a broken log for',
    )
  })
})
