/** The chain over the event log and its retention, through a whole server. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnPostgres } from '../kit/each-engine.ts'
import { onEachEngine, type Rig, startOn } from '../kit/shared.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { testSecretKey } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'

const DAY = 86_400_000

async function makeKeys(rig: Rig, count: number): Promise<void> {
  for (let made = 0; made < count; made++)
    assert.equal((await rig.call('POST', '/v1/keys', { bearer: rig.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'x' } })).status, 201)
}

const chain = async (rig: Rig, query = '') => (await rig.call('GET', `/v1/events/chain${query}`, { bearer: rig.rootKey })).body

onEachEngine('the chain over the event log', (rigOf, engine) => {
  it('E1: is sealed by itself, and GET /v1/events/chain says whole, how far, and its head', async () => {
    const rig = rigOf()
    await makeKeys(rig, 3)
    await until(async () => {
      const { unsealed } = await chain(rig)
      return unsealed.events === 0
    }, 'all is sealed')
    const whole = await chain(rig)
    assert.equal(whole.state, 'whole')
    assert.ok(whole.checked.events >= 4)
    assert.match(whole.head.value, /^\d+\.[\w-]{43}$/)
    assert.deepEqual([whole.head.value.split('.')[0], whole.removed], [String(whole.head.batch), { events: 0, lastBatch: 0 }])
    assert.equal((await chain(rig, `?head=${whole.head.value}`)).headIs, 'in_chain')
    assert.equal((await chain(rig, `?head=${whole.head.batch}.${'x'.repeat(43)}`)).broken.reason, 'head_missing')
    refuses(await rig.call('GET', '/v1/events/chain?head=x', { bearer: rig.rootKey }), 400, 'request_malformed', /A head is a number/)
    assert.equal((await chain(rig, `?after=${whole.head.batch}`)).state, 'whole')
    const beyond = await chain(rig, `?after=${whole.head.batch + 1000}`)
    assert.deepEqual([beyond.state, beyond.broken.reason, beyond.broken.batch], ['broken', 'after_missing', whole.head.batch + 1000])
    assert.match(beyond.broken.meaning, /no batch of the number .* Begin without it/)
    for (const [after, sentence] of [
      ['-1', /after.*>= 0/],
      ['9'.repeat(30), /after.*<= 9007199254740991/],
      ['1.5', /after.*integer/],
    ] as const)
      refuses(await rig.call('GET', `/v1/events/chain?after=${after}`, { bearer: rig.rootKey }), 400, 'request_malformed', sentence)
    const { body } = await rig.call('POST', '/v1/root-keys', { bearer: rig.rootKey, body: { name: 'x', scopes: ['keys:read'] } })
    refuses(await rig.call('GET', '/v1/events/chain', { bearer: body.secret }), 403, 'scope_insufficient')
  })

  it('E1: says which batch is broken, when it was sealed and what that means', async () => {
    const rig = rigOf()
    await makeKeys(rig, 3)
    await rig.server.installation.eventChores.seal()
    await rig.query("update events set reason = 'harmless' where seq = (select max(first_seq) from event_seals)")
    const { state, broken, head } = await chain(rig)
    assert.deepEqual([state, broken.reason, broken.batch, broken.found], ['broken', 'events_changed', head.batch, broken.events])
    assert.ok(Date.parse(broken.sealedAt) <= rig.now() && Date.parse(broken.oldestAt) <= Date.parse(broken.newestAt))
    assert.match(broken.meaning, /changed, removed, added or moved since they were sealed/)
    await rig.query("update events set reason = null where reason = 'harmless'")
    assert.equal((await chain(rig)).state, 'whole')
    await rig.query('update event_seals set newest_at = 9000000000000000 where number = 1')
    const odd = await chain(rig)
    assert.deepEqual([odd.broken.reason, odd.broken.newestAt], ['seal_changed', undefined])
  })

  it('E1: a break is accepted with a reason, by a root key that may; the log and each later check say who and why', async (t) => {
    const rig = await startOn(t, engine)
    for (let batch = 0; batch < 3; batch++) {
      await makeKeys(rig, 2)
      await rig.server.installation.eventChores.seal()
    }
    await rig.query("update events set reason = 'harmless' where seq in (select first_seq from event_seals where number > 1)")
    const accept = (body: object, bearer = rig.rootKey) => rig.call('POST', '/v1/events/chain/accepted-breaks', { bearer, body })
    const whole = { batch: 2, reason: 'events_changed', through: 1000, why: 'a disk was repaired' }
    const { broken, head } = await chain(rig)
    assert.deepEqual([broken.batch, broken.reason], [2, 'events_changed'])
    const { body: weak } = await rig.call('POST', '/v1/root-keys', { bearer: rig.rootKey, body: { name: 'x', scopes: ['events:read'] } })
    refuses(await accept(whole, weak.secret), 403, 'scope_insufficient')
    for (const [name, value] of [
      ['why', ''],
      ['why', '  '],
      ['why', undefined],
      ['why', 'x'.repeat(501)],
      ['reason', 'x'],
      ['batch', -1],
      ['through', '5'],
    ] as const)
      refuses(await accept({ ...whole, [name]: value }), 400, 'request_malformed')
    refuses(await accept({ ...whole, batch: 1, through: 1 }), 404, 'not_found', /No batch from there on is broken/)
    assert.equal((await chain(rig)).state, 'broken')
    const answer = await accept({ ...whole, why: `a disk was repaired ${rig.rootKey}` })
    assert.deepEqual([answer.status, answer.body], [200, { breaks: head.batch - 1, batch: 2, lastBatch: head.batch }])
    const { state, accepted, ...rest } = await chain(rig)
    assert.deepEqual([state, rest.broken, accepted.length], ['accepted', undefined, 1], 'one behind the other, told together')
    const [told] = accepted
    assert.deepEqual([told.batch, told.through, told.reason], [2, head.batch, 'events_changed'])
    assert.match(told.meaning, /changed, removed, added or moved/)
    assert.match(told.acceptedBy, /^root_/)
    assert.ok(told.why.startsWith('a disk was repaired') && !JSON.stringify(accepted).includes(rig.rootKey))
    const { items } = (await rig.call('GET', '/v1/events?type=events.break_accepted', { bearer: rig.rootKey })).body
    assert.deepEqual([items.length, items[0].actor.id, items[0].reason, items[0].data.broken], [1, told.acceptedBy, told.why, 'events_changed'])
    refuses(await accept(whole), 404, 'not_found')
  })

  it('R7 E1: events older than events.keepDays go in the background, which is an event itself; lists, exports and the chain go on', async (t) => {
    const rig = await startOn(t, engine, { config: { events: { keepDays: 30 }, log: { level: 'info', format: 'json' } } })
    const { eventChores } = rig.server.installation
    await makeKeys(rig, 5)
    await eventChores.seal()
    const { next } = (await rig.call('GET', '/v1/events?order=written&limit=1', { bearer: rig.rootKey })).body
    const { head } = await chain(rig)
    await eventChores.remove()
    assert.equal((await chain(rig)).removed.events, 0, 'nothing before its time')
    rig.advance(29 * DAY)
    await makeKeys(rig, 2)
    await eventChores.seal()
    rig.advance(2 * DAY)
    await makeKeys(rig, 1)
    await eventChores.seal()
    await Promise.all([eventChores.remove(), eventChores.remove()])
    const { state, removed, headIs } = await chain(rig, `?head=${head.value}`)
    assert.deepEqual([state, headIs], ['whole', 'removed'])
    assert.ok(removed.events >= 5)
    const { items } = (await rig.call('GET', '/v1/events?type=events.removed', { bearer: rig.rootKey })).body
    assert.deepEqual(
      items.map(({ actor, data }: { actor: unknown; data: unknown }) => [actor, data]),
      [[{ kind: 'system' }, { count: removed.events, total: removed.events, lastBatch: removed.lastBatch }]],
    )
    const left = (await rig.call('GET', `/v1/events?order=written&after=${next}`, { bearer: rig.rootKey })).body.items
    assert.deepEqual(
      left.map(({ type }: { type: string }) => type),
      ['key.created', 'key.created', 'key.created', 'events.removed'],
    )
    const exported = await (await fetch(`${rig.issuer}/v1/events?format=jsonl`, { headers: { authorization: `Bearer ${rig.rootKey}` } })).text()
    assert.equal(exported.trim().split('\n').length, 4)
    await eventChores.seal()
    assert.equal((await chain(rig)).state, 'whole')
    const heads = rig.log.map((line) => JSON.parse(line)).filter(({ msg }) => /the head of the event log/.test(msg))
    assert.ok(heads.length >= 3 && heads.every(({ level }) => level === 30), 'at the start, and once a day')
    for (const told of heads) assert.notEqual((await chain(rig, `?head=${told.head}`)).headIs, 'missing')
    assert.deepEqual(
      rig.log.filter((line) => JSON.parse(line).level >= 50),
      [],
    )
  })

  it('R7: events.keepForever removes nothing', async (t) => {
    const rig = await startOn(t, engine, { config: { events: { keepForever: true } } })
    await makeKeys(rig, 1)
    await rig.server.installation.eventChores.seal()
    rig.advance(5000 * DAY)
    await makeKeys(rig, 1)
    await rig.server.installation.eventChores.seal()
    await rig.server.installation.eventChores.remove()
    assert.equal((await chain(rig)).removed.events, 0)
  })

  // On SQLite the secret key is in the data folder; the engine is no matter here.
  if (engine === 'postgres')
    it('E1: after the secret key was changed, seals under the one before are proven by formerSecretKeys, and sealed anew', async (t) => {
      const rig = await startOn(t, engine)
      await makeKeys(rig, 2)
      await rig.server.installation.eventChores.seal()
      const { head } = await chain(rig)
      await rig.stop()
      const secretKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')
      const again = await startLatchwork(t, { ...(rig.url === undefined ? {} : { postgres: rig.url }), config: { secretKey, formerSecretKeys: testSecretKey } })
      await again.server.installation.eventChores.seal()
      const { body } = await again.call('GET', `/v1/events/chain?head=${head.value}`, { bearer: again.rootKey })
      assert.deepEqual([body.state, body.headIs, body.needsFormerKey], ['whole', 'in_chain', false], 'all is sealed anew after the start')
      assert.ok(body.head.batch > head.batch)
    })
})

describeOnPostgres('the chain over the event log, on three nodes', (start) => {
  it('R1 E1: all of them seal by themselves while keys are made: one chain, nothing missed, nothing twice', async (t) => {
    const nodes = [await start(t), await start(t), await start(t)] as const
    const [first] = nodes
    const body = { accountId: 'acc_test', kind: 'rk', name: 'x' }
    await Promise.all(
      nodes.flatMap(({ call, server }) =>
        Array.from({ length: 30 }, async () => {
          assert.equal((await call('POST', '/v1/keys', { bearer: first.rootKey, body })).status, 201)
          await server.installation.eventChores.seal()
        }),
      ),
    )
    const ask = async () => (await first.call('GET', '/v1/events/chain', { bearer: first.rootKey })).body
    await until(async () => (await ask()).unsealed.events === 0, 'all is sealed')
    const { state, checked, head } = await ask()
    assert.equal(state, 'whole')
    assert.ok(checked.events >= 93 && checked.batches === head.batch)
    for (const { log } of nodes)
      assert.deepEqual(
        log.filter((line) => JSON.parse(line).level >= 50),
        [],
      )
  })
})
