import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { it } from 'node:test'
import { FEED_BEGINNING, newId, positionOf, positionText } from '@latchwork/kernel'
import { feedStream } from '../../src/http/feed-stream.ts'
import { isProblem } from '../kit/raw-http.ts'
import { onEachEngine, type Rig, startOn } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'
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

/** The id of the newest entry. */
async function newestOf(rig: Rig): Promise<string> {
  const { feed } = rig.server.installation.store
  const [newest] = await feed.read((await feed.head()) - 1, 1)
  return newest === undefined ? '0' : positionText(positionOf(newest))
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
    assert.deepEqual(first.data, { position: await newestOf(rig), resumed: false })
    assert.deepEqual(
      listener.heard.slice(0, before.length + 1).map(({ id }) => id),
      [undefined, undefined, first.data.position],
      'who is cut off before hello resumes from where they were',
    )
    const began = performance.now()
    const after = await revoke(rig)
    await until(() => lifelines(listener.heard).includes(after), 'heard')
    assert.ok(performance.now() - began < 2000)
    const ids = listener.heard.flatMap(({ event, data }) => (event === 'revocation' ? [data.feedId] : []))
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
    )
    assert.equal(listener.heard.findLast(({ event }) => event === 'revocation')?.id, await newestOf(rig))
    await until(() => listener.heard.filter(({ event }) => event === 'heartbeat').length >= 2, 'two heartbeats', 5000)
    const last = listener.heard.findLast(({ event }) => event === 'heartbeat')?.data
    assert.ok(last.ageMs >= 0 && last.ageMs < 2000 && (engine === 'postgres' || last.ageMs === 0), `as of ${last.ageMs} ms ago`)
    listener.hangUp()
  })

  it('K10: goes on after Last-Event-ID or ?after=, each entry once; an entry that the feed has not begins anew', async () => {
    const rig = rigOf()
    await revoke(rig)
    const before = await newestOf(rig)
    const missed = [await revoke(rig), await revoke(rig), await revoke(rig)]
    for (const options of [{ lastEventId: before }, { query: `?after=${before}` }]) {
      const listener = await listen(rig, options)
      assert.equal((await hello(listener)).data.resumed, true)
      assert.deepEqual(lifelines(listener.heard), missed)
      listener.hangUp()
    }
    const newest = await newestOf(rig)
    const whole = await listen(rig, { lastEventId: newest })
    assert.deepEqual((await hello(whole)).data, { position: newest, resumed: true })
    assert.deepEqual(lifelines(whole.heard), [])
    whole.hangUp()
    const [feedId, mark] = newest.split('-')
    for (const unknown of [`${Number(feedId) + 1000}-${mark}`, `${Number(feedId) - 1}-${mark}`, `${feedId}-${'0'.repeat(16)}`, '0']) {
      const anew = await listen(rig, { lastEventId: unknown })
      assert.deepEqual((await hello(anew)).data, { position: await newestOf(rig), resumed: false }, unknown)
      assert.deepEqual(lifelines(anew.heard).slice(-missed.length), missed, 'all that is kept')
      missed.push(await revoke(rig))
      await until(() => lifelines(anew.heard).includes(missed.at(-1) ?? ''), 'what comes then is heard')
      anew.hangUp()
    }
  })

  it('K10: a look-up is as of the newest entry that the asker has heard too; one that was heard with another mark, or not yet, is not taken for heard', async () => {
    const rig = rigOf()
    const { secret } = (await rig.call('POST', '/v1/keys', { bearer: rig.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'x' } })).body
    const asOf = async (heardUpTo?: string) =>
      (await rig.call('POST', '/v1/verify', { bearer: rig.rootKey, body: { credential: secret, ...(heardUpTo === undefined ? {} : { heardUpTo }) } })).body.asOf
    for (const heardUpTo of ['57', '0-0f3a9c5d7e1b2468', '57-0F3A9C5D7E1B2468', 'x'])
      refuses(await rig.call('POST', '/v1/verify', { bearer: rig.rootKey, body: { credential: secret, heardUpTo } }), 400, 'request_malformed', /heardUpTo/)
    await revoke(rig)
    const before = await newestOf(rig)
    await revoke(rig)
    const newest = await newestOf(rig)
    const [feedId, mark] = before.split('-')
    // The first of them is read from the store, the others are remembered.
    assert.deepEqual([await asOf(before), await asOf(before), await asOf(newest), await asOf()], [before, before, newest, newest])
    for (const strange of [`${feedId}-${'0'.repeat(16)}`, `${Number(feedId) + 1000}-${mark}`]) assert.equal(await asOf(strange), newest)
  })

  it('R7 K10: endings leave the feed when nothing needs them; who resumes from before them is told, what they ended stays ended', async (t) => {
    const rig = await startOn(t, engine)
    const { expiryChores, store } = rig.server.installation
    const made = await rig.call('POST', '/v1/keys', { bearer: rig.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'ended' } })
    await rig.call('DELETE', `/v1/keys/${made.body.key.id}`, { bearer: rig.rootKey })
    const old = await newestOf(rig)
    await revoke(rig)
    const removed = await newestOf(rig)
    rig.advance(23 * 3_600_000)
    const kept = [await revoke(rig)]
    await expiryChores.run()
    assert.equal((await store.feed.read(0, 100)).length, 3, 'for a day')
    rig.advance(3 * 3_600_000)
    await expiryChores.run()
    for (const position of ['0', old, removed]) {
      const listener = await listen(rig, { lastEventId: position })
      assert.equal((await hello(listener)).data.resumed, false)
      assert.deepEqual(lifelines(listener.heard), kept)
      listener.hangUp()
    }
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
    for (const position of [
      'x',
      '-1',
      '1',
      '1-',
      '1-00',
      `0-${'0'.repeat(16)}`,
      `1-${'G'.repeat(16)}`,
      `${'9'.repeat(16)}-${'0'.repeat(16)}`,
      ' ',
      "1' or 1",
    ]) {
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
    const head = await newestOf(rig)
    await until(() => text.slice(-2000).includes(`id: ${head}\n`), 'the slow one hears all of it', 20_000)
    const ids = [...text.matchAll(/^data: {"feedId":(\d+)/gm)].map(([, id]) => Number(id))
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
      void feedStream(feed, response, FEED_BEGINNING, () => false, 300).run(() => {})
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
