import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { it } from 'node:test'
import { newId } from '@latchwork/kernel'
import { feedStream } from '../../src/http/feed-stream.ts'
import { isProblem } from '../kit/raw-http.ts'
import { onEachEngine, type Rig, startOn } from '../kit/shared.ts'
import { until } from '../kit/until.ts'

interface Heard {
  readonly event: string
  readonly id: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: data of any event
  readonly data: any
}

interface Listener {
  readonly status: number
  readonly headers: Headers
  readonly heard: Heard[]
  readonly isOver: () => boolean
  readonly hangUp: () => void
}

async function listen(rig: Rig, options: { readonly bearer?: string; readonly lastEventId?: string; readonly query?: string } = {}): Promise<Listener> {
  const end = new AbortController()
  const { bearer = rig.rootKey, lastEventId, query = '' } = options
  const headers = { authorization: `Bearer ${bearer}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) }
  const response = await fetch(`${rig.issuer}/v1/revocations${query}`, { headers, signal: end.signal })
  const heard: Heard[] = []
  let over = false
  const read = async (): Promise<void> => {
    let rest = ''
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const events = (rest + Buffer.from(chunk).toString()).split('\n\n')
      rest = events.pop() ?? ''
      heard.push(...events.map(parseEvent))
    }
  }
  void read()
    .catch(() => {})
    .finally(() => {
      over = true
    })
  return { status: response.status, headers: response.headers, heard, isOver: () => over, hangUp: () => end.abort() }
}

function parseEvent(text: string): Heard {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]
  return { event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? 'null') }
}

const hello = async (listener: Listener): Promise<Heard> => {
  await until(() => listener.heard.some(({ event }) => event === 'hello'), 'hello')
  return listener.heard.find(({ event }) => event === 'hello') as Heard
}

async function revoke(rig: Rig): Promise<string> {
  const made = await rig.call('POST', '/v1/keys', { bearer: rig.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'x' } })
  await rig.call('DELETE', `/v1/keys/${made.body.key.id}`, { bearer: rig.rootKey })
  return `key:${made.body.key.id}`
}

const lifelines = (heard: readonly Heard[]): readonly string[] => heard.filter(({ event }) => event === 'revocation').map(({ data }) => data.lifeline)

onEachEngine('GET /v1/revocations', (rigOf, engine) => {
  it('K10: what is kept, then hello, then each ending as it happens, with ids that rise; a heartbeat each second', async () => {
    const rig = rigOf()
    const before = [await revoke(rig), await revoke(rig)]
    const listener = await listen(rig)
    assert.equal(listener.status, 200)
    assert.match(listener.headers.get('content-type') ?? '', /^text\/event-stream/)
    assert.equal(listener.headers.get('cache-control'), 'no-store')
    assert.equal(listener.headers.get('x-content-type-options'), 'nosniff')
    const first = await hello(listener)
    assert.deepEqual(lifelines(listener.heard), before)
    assert.equal(listener.heard.at(before.length)?.event, 'hello', 'entries first')
    assert.equal(first.data.head, Number(listener.heard.at(before.length - 1)?.id))
    const began = performance.now()
    const after = await revoke(rig)
    await until(() => lifelines(listener.heard).includes(after), 'heard')
    assert.ok(performance.now() - began < 2000)
    const ids = listener.heard.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]))
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
    )
    await until(() => listener.heard.filter(({ event }) => event === 'heartbeat').length >= 2, 'two heartbeats', 5000)
    const last = listener.heard.findLast(({ event }) => event === 'heartbeat')?.data
    assert.equal(last.head, ids.at(-1))
    assert.ok(last.ageMs >= 0 && last.ageMs < 2000 && (engine === 'postgres' || last.ageMs === 0), `as of ${last.ageMs} ms ago`)
    listener.hangUp()
  })

  it('K10: goes on after Last-Event-ID or ?after=, each entry once; a position of the future begins anew', async () => {
    const rig = rigOf()
    await revoke(rig)
    const head = await rig.server.installation.store.feed.head()
    const missed = [await revoke(rig), await revoke(rig), await revoke(rig)]
    for (const options of [{ lastEventId: String(head) }, { query: `?after=${head}` }]) {
      const listener = await listen(rig, options)
      await hello(listener)
      assert.deepEqual(lifelines(listener.heard), missed)
      listener.hangUp()
    }
    const newest = await rig.server.installation.store.feed.head()
    const whole = await listen(rig, { lastEventId: String(newest) })
    assert.equal((await hello(whole)).data.head, newest)
    assert.deepEqual(lifelines(whole.heard), [])
    whole.hangUp()
    const future = await listen(rig, { lastEventId: String(newest + 1000) })
    assert.equal((await hello(future)).data.head, newest, 'the numbers have gone back, as the listener can see')
    assert.ok(lifelines(future.heard).length >= missed.length)
    const next = await revoke(rig)
    await until(() => lifelines(future.heard).includes(next), 'what comes then is heard')
    future.hangUp()
  })

  it('R7 K10: endings leave the feed when nothing needs them; who resumes from before them is told, what they ended stays ended', async (t) => {
    const rig = await startOn(t, engine)
    const { expiryChores, store } = rig.server.installation
    const made = await rig.call('POST', '/v1/keys', { bearer: rig.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'ended' } })
    await rig.call('DELETE', `/v1/keys/${made.body.key.id}`, { bearer: rig.rootKey })
    const old = await store.feed.head()
    await revoke(rig)
    const removed = await store.feed.head()
    rig.advance(23 * 3_600_000)
    const kept = [await revoke(rig)]
    await expiryChores.run()
    assert.equal((await store.feed.read(0, 100)).length, 3, 'for a day')
    rig.advance(3 * 3_600_000)
    await expiryChores.run()
    for (const position of [0, old]) {
      const listener = await listen(rig, { lastEventId: String(position) })
      assert.equal((await hello(listener)).data.missingUpTo, removed)
      assert.deepEqual(lifelines(listener.heard), kept)
      listener.hangUp()
    }
    const whole = await listen(rig, { lastEventId: String(removed) })
    assert.equal('missingUpTo' in (await hello(whole)).data, false)
    assert.deepEqual(lifelines(whole.heard), kept)
    whole.hangUp()
    const judged = await rig.call('POST', '/v1/keys/verify', { bearer: rig.rootKey, body: { key: made.body.secret } })
    assert.equal(judged.body.valid, false)
  })

  it('R1: endings while a listener comes in are told once each, none is lost', async () => {
    const rig = rigOf()
    const listeners: Listener[] = []
    const ended: string[] = []
    for (let round = 0; round < 4; round++) {
      const [listener, ...more] = await Promise.all([listen(rig), revoke(rig), revoke(rig), revoke(rig)])
      listeners.push(listener)
      ended.push(...more)
    }
    for (const listener of listeners) {
      await until(() => ended.every((lifeline) => lifelines(listener.heard).includes(lifeline)), 'all of them')
      assert.equal(new Set(lifelines(listener.heard)).size, lifelines(listener.heard).length)
      listener.hangUp()
    }
  })

  it('V3: a position that is none: 400; without the scope: 403; without a credential: 401; no stream is opened', async () => {
    const rig = rigOf()
    for (const position of ['x', '-1', '1.5', '9'.repeat(16), '1 2', ' ', '0x1', "1' or 1"]) {
      await isProblem(
        rig,
        await rig.call('GET', '/v1/revocations', { bearer: rig.rootKey, headers: { 'last-event-id': position || 'x' } }),
        400,
        'request_malformed',
      )
      await isProblem(rig, await rig.call('GET', `/v1/revocations?after=${encodeURIComponent(position)}`, { bearer: rig.rootKey }), 400, 'request_malformed')
    }
    await isProblem(rig, await rig.call('GET', '/v1/revocations?after=1&after=2', { bearer: rig.rootKey }), 400, 'request_malformed')
    const weak = (await rig.call('POST', '/v1/root-keys', { bearer: rig.rootKey, body: { name: 'x', scopes: ['credentials:verify'] } })).body
    await isProblem(rig, await rig.call('GET', '/v1/revocations', { bearer: weak.secret }), 403, 'scope_insufficient')
    await isProblem(rig, await rig.call('GET', '/v1/revocations'), 401, 'credential_missing')
  })

  it('K10: the stream ends with the root key that opened it', async () => {
    const rig = rigOf()
    const made = (await rig.call('POST', '/v1/root-keys', { bearer: rig.rootKey, body: { name: 'x', scopes: ['revocations:read'] } })).body
    const listener = await listen(rig, { bearer: made.secret })
    await hello(listener)
    assert.equal((await rig.call('DELETE', `/v1/root-keys/${made.rootKey.id}`, { bearer: rig.rootKey })).status, 204)
    await until(listener.isOver, 'the end of the stream', 2000)
    assert.equal((await listen(rig, { bearer: made.secret })).status, 401)
  })

  it('E5: closing the server ends its streams at once, and leaves nothing behind', async (t) => {
    const rig = await startOn(t, engine)
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listen(rig)))
    await Promise.all(listeners.map(hello))
    const began = performance.now()
    await rig.stop()
    assert.ok(performance.now() - began < 3000, `${performance.now() - began} ms`)
    await until(() => listeners.every((listener) => listener.isOver()), 'all have ended')
  })

  it('R6: a listener that is slow hears everything once, in order, and costs the others nothing', async (t) => {
    const rig = await startOn(t, engine)
    const good = await listen(rig)
    await hello(good)
    const { hostname, port } = new URL(rig.issuer)
    const slow = connect(Number(port), hostname).pause()
    t.after(() => slow.destroy())
    slow.write(`GET /v1/revocations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rig.rootKey}\r\n\r\n`)
    const total = await endMany(rig, 6)
    await until(() => lifelines(good.heard).length === total, 'the other hears all of it', 20_000)
    let text = ''
    slow.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    slow.resume()
    const head = await rig.server.installation.store.feed.head()
    await until(() => text.slice(-2000).includes(`id: ${head}\n`), 'the slow one hears all of it', 20_000)
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    )
    assert.equal(ids.length, total)
    const next = await revoke(rig)
    await until(() => text.includes(next) && lifelines(good.heard).includes(next), 'both go on hearing')
    good.hangUp()
  })

  it('R6: a listener that takes nothing costs a bounded piece of memory, and is cut off in time', async (t) => {
    const rig = await startOn(t, engine)
    await endMany(rig, 6)
    const { feed } = rig.server.installation.store
    const responses: ServerResponse[] = []
    const server = createServer((_request, response) => {
      responses.push(response)
      response.writeHead(200)
      void feedStream(feed, response, 0, () => false, 300).run(() => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    const idle = connect(address.port, '127.0.0.1').pause()
    t.after(() => idle.destroy())
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    let most = 0
    await until(
      () => {
        most = Math.max(most, responses[0]?.writableLength ?? 0)
        return responses[0]?.destroyed === true
      },
      'cut off',
      5000,
    )
    assert.ok(most < 1024 * 1024, `${most} bytes waited`)
  })
})

/** Ends thousands of things in a few acts: more than the buffers of a socket take. Gives their number. */
async function endMany(rig: Rig, acts: number): Promise<number> {
  const { accounts } = rig.server.installation.store
  const now = rig.now()
  const perAct = 3000
  for (let act = 0; act < acts; act++) {
    const revocations = Array.from({ length: perAct }, () => ({ lifeline: `token:${newId('token', now)}${'x'.repeat(400)}` as const, at: now, until: now }))
    await accounts.createAccount({ id: newId('account', now), name: 'x', createdAt: now }, { events: [], revocations })
  }
  return acts * perAct
}
