import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { it } from 'node:test'
import { newEmail, password } from '../kit/front-end.ts'
import { onEachEngine, type Rig } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'

// biome-ignore lint/suspicious/noExplicitAny: events as they are on the wire
type Wire = any

const LINES = 'application/x-ndjson'

onEachEngine('GET /v1/events', (rigOf) => {
  const root = (method: string, path: string, body?: unknown) =>
    rigOf().call(method, path, { bearer: rigOf().rootKey, ...(body === undefined ? {} : { body }) })
  const typesOf = async (query: string): Promise<readonly string[]> => (await root('GET', `/v1/events?${query}`)).body.items.map(({ type }: Wire) => type)
  const linesAt = async (query: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${rigOf().issuer}/v1/events?${query}`, { headers: { authorization: `Bearer ${rigOf().rootKey}`, ...headers } })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), LINES)
    const text = await response.text()
    assert.ok(text === '' || text.endsWith('\n'))
    return text
      .split('\n')
      .slice(0, -1)
      .map((line): Wire => JSON.parse(line))
  }

  async function accountWithKeys(count: number): Promise<string> {
    const { body } = await root('POST', '/v1/accounts', { name: 'Events' })
    for (let n = 0; n < count; n++)
      assert.equal((await root('POST', '/v1/keys', { accountId: body.id, name: `key ${n}`, kind: 'rk', scopes: ['notes:read'] })).status, 201)
    return body.id
  }

  it('E1: filters by account, by several types and their beginning, by who did it, and by time', async () => {
    const before = new Date(rigOf().now()).toISOString()
    rigOf().advance(1000)
    const id = await accountWithKeys(2)
    assert.deepEqual(await typesOf(`accountId=${id}`), ['key.created', 'key.created', 'account.created'])
    assert.deepEqual(await typesOf(`accountId=${id}&order=oldest`), ['account.created', 'key.created', 'key.created'])
    assert.deepEqual(await typesOf(`accountId=${id}&type=key.`), ['key.created', 'key.created'])
    assert.deepEqual(await typesOf(`accountId=${id}&type=account.created,token.`), ['account.created'])
    assert.deepEqual(await typesOf(`accountId=${id}&until=${before}`), [])
    assert.equal((await typesOf(`accountId=${id}&since=${before}`)).length, 3)
    const [{ actor }] = (await root('GET', `/v1/events?accountId=${id}`)).body.items
    assert.equal((await typesOf(`accountId=${id}&actorId=${actor.id}&address=127.0.0.1`)).length, 3)
    assert.deepEqual(await typesOf(`accountId=${id}&actorId=root_nobody`), [])
  })

  it('E1: a refusal is found by its reason', async () => {
    await rigOf().call('POST', '/v1/sessions/sign-up', { body: { email: newEmail(), password, name: 'Ada' } })
    refuses(await rigOf().call('GET', '/v1/keys'), 401, 'credential_missing')
    await rigOf().server.installation.refusals.flush()
    const { items } = (await root('GET', '/v1/events?type=request.refused&reason=credential_missing')).body
    assert.ok(items.length > 0 && items.every(({ reason }: Wire) => reason === 'credential_missing'))
  })

  it('E1: in the order written, a page always says where to go on, and `now` where that is', async () => {
    const { items, next } = (await root('GET', '/v1/events?order=written&after=now')).body
    assert.deepEqual(items, [])
    const id = await accountWithKeys(1)
    const page = (await root('GET', `/v1/events?order=written&after=${next}&accountId=${id}`)).body
    assert.deepEqual(
      page.items.map(({ type }: Wire) => type),
      ['account.created', 'key.created'],
    )
    assert.deepEqual((await root('GET', `/v1/events?order=written&after=${page.next}&accountId=${id}`)).body.items, [])
    refuses(await root('GET', `/v1/events?after=${page.next}`), 400, 'request_malformed', /cursor/)
    refuses(await root('GET', '/v1/events?after=now'), 400, 'request_malformed', /cursor/)
  })

  it('E1: JSON Lines hold all that is meant, beyond any page, asked for by name or by Accept', async () => {
    const { store } = rigOf().server.installation
    const at = rigOf().now()
    await store.events.writeEvents(
      Array.from(
        { length: 250 },
        (_, n) => ({ type: 'key.changed', at: at + n, actor: { kind: 'system' }, accountId: 'acc_lines', reason: `line\n${n}` }) as const,
      ),
    )
    const newest = await linesAt('accountId=acc_lines&format=jsonl')
    assert.deepEqual(
      newest.map(({ reason }) => reason),
      Array.from({ length: 250 }, (_, n) => `line\n${249 - n}`),
    )
    const [page] = (await root('GET', '/v1/events?accountId=acc_lines&limit=1')).body.items
    assert.deepEqual(newest[0], page, 'a line is the event as a page has it')
    const oldest = await linesAt('accountId=acc_lines&order=oldest', { accept: `${LINES}, application/json;q=0.5` })
    assert.deepEqual(oldest, newest.toReversed())
    const span = `since=${new Date(at + 10).toISOString()}&until=${new Date(at + 20).toISOString()}`
    assert.equal((await linesAt(`accountId=acc_lines&format=jsonl&${span}`)).length, 10)
    assert.deepEqual(await linesAt('accountId=acc_nobody&format=jsonl'), [])
    assert.equal((await rigOf().call('HEAD', '/v1/events?format=jsonl', { bearer: rigOf().rootKey })).status, 200)
    assert.equal((await root('GET', '/v1/events?format=json&limit=1')).body.items.length, 1)
  })

  it('E1 K10: an export ends where the root key that asked for it is revoked, and ends broken off', async () => {
    const { store } = rigOf().server.installation
    const event = { type: 'key.changed', at: rigOf().now(), actor: { kind: 'system' }, accountId: 'acc_long', userAgent: 'x'.repeat(10_000) } as const
    for (let n = 0; n < 4; n++) await store.events.writeEvents(Array.from({ length: 500 }, () => event))
    const { rootKey, secret } = (await root('POST', '/v1/root-keys', { name: 'exporter', scopes: ['events:read'] })).body
    const { readable, response } = await unread(rigOf(), '/v1/events?accountId=acc_long&format=jsonl', secret)
    assert.equal(response.statusCode, 200)
    assert.equal((await root('DELETE', `/v1/root-keys/${rootKey.id}`)).status, 204)
    await assert.rejects(readable(), /aborted/)
  })

  it('E1: what is malformed is refused before the first line, and says what was meant', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['type=key.creatd', /Did you mean key\.created\?/],
      ['type=nothing.', /beginning of some such as "key\."/],
      ['type=', /types of events/],
      ['type=.', /types of events/],
      ['type=key.created,', /types of events/],
      ['order=sideways', /"newest" or "oldest" or "written"/],
      ['since=yesterday', /since is a date and time/],
      ['until=1700000000', /until is a date and time/],
      ['since=2027-01-02T00:00:00Z&until=2027-01-01T00:00:00Z', /since is before until/],
      ['accountId=', /1 to 256/],
      [`reason=${'x'.repeat(257)}`, /1 to 256/],
      ['account=acc_1', /not known here/],
      ['limit=0', /limit/],
      ['format=csv', /"json" or "jsonl"/],
      ['format=jsonl&limit=10', /limit is of pages/],
      ['format=jsonl&order=written', /has no end/],
      ['format=jsonl&after=x', /cursor/],
      ['format=jsonl&type=x', /types of events/],
    ]
    for (const [query, detail] of cases) refuses(await root('GET', `/v1/events?${query}`), 400, 'request_malformed', detail)
    const accept = { accept: LINES }
    refuses(await rigOf().call('GET', '/v1/events?since=x', { bearer: rigOf().rootKey, headers: accept }), 400, 'request_malformed')
    refuses(await rigOf().call('GET', '/v1/events', { headers: accept }), 401, 'credential_missing')
  })
})

/** An answer of which nothing is read until it is asked for: so much that it does not fit into the buffers on its way. */
function unread(rig: Rig, path: string, secret: string) {
  return new Promise<{ readonly response: IncomingMessage; readonly readable: () => Promise<string> }>((resolve, reject) => {
    const sent = request(`${rig.issuer}${path}`, { headers: { authorization: `Bearer ${secret}` } }, (response) => {
      response.pause()
      const readable = async () => {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        return text
      }
      resolve({ response, readable })
    })
    sent.once('error', reject)
    sent.end()
  })
}
