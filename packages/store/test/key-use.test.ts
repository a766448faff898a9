import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { judgeUse, type KeyUse, MAX_NETWORKS, type UseJudge, type UseReport, usualThresholds } from '@latchwork/api-keys'
import { newId } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { createDatabase, describeOnEachEngine, type TestDatabase } from './engines.ts'
import { noJournal, T0 } from './records.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const judge: UseJudge = { windowMs: usualThresholds.atOnceMs, judge: judgeUse, channels: ['webhook', 'email'] }
let reports = 0
const reportOf = (...uses: readonly KeyUse[]): UseReport => ({ reporter: `reporter ${++reports}`, sequence: 1, at: uses[0]?.minute ?? T0, uses })

function useOf(keyId: string, at: number, changes: Partial<KeyUse> & { readonly from?: readonly string[] } = {}): KeyUse {
  const { from = ['192.0.2.1'], ...rest } = changes
  return {
    keyId,
    minute: at - (at % MINUTE),
    counts: { valid: 1 },
    lastUsedAt: at,
    lastAddress: from.at(-1) ?? '192.0.2.1',
    lastUserAgent: 'test',
    networks: from.map((network) => ({ network, firstSeenAt: at, lastSeenAt: at })),
    beyondNetworks: 0,
    ...rest,
  }
}

/** Rows of keys, past the port that makes them: here only their use matters. */
async function writeKeys(database: TestDatabase, store: Store, count: number, kind = 'rk'): Promise<readonly string[]> {
  const accountId = newId('account', T0)
  await store.accounts.createAccount({ id: accountId, name: 'Acme', createdAt: T0 }, noJournal)
  const ids = Array.from({ length: count }, () => newId('key', T0))
  const values = ids.map((id) => `('${id}', '${id}', '${accountId}', '${kind}', 'live', 'deploy', '[]', 'rk_live_…wxyz', 0, 'root_1', ${T0})`)
  await database.query(
    `insert into api_keys (id, digest, account_id, kind, environment, name, scopes, fingerprint, is_primary, created_by, created_at) values ${values.join(', ')}`,
  )
  return ids
}

describeOnEachEngine('use of keys', (storeOf, databaseOf) => {
  const oneKey = async (kind?: string): Promise<string> => (await writeKeys(databaseOf(), storeOf(), 1, kind))[0] ?? assert.fail()
  const record = (...uses: readonly KeyUse[]) => storeOf().keyUse.recordUse(reportOf(...uses), judge)
  const alertsOf = async (keyId: string) =>
    (await storeOf().events.listEvents({ limit: 100, type: 'key.alert', credentialId: keyId })).items.map((event) => event.reason)

  it('K11: counts per hour and outcome, networks and the last use, in reports that add up', async () => {
    const keyId = await oneKey()
    await record(useOf(keyId, T0, { counts: { valid: 3, rate_limited: 2 } }))
    await record(useOf(keyId, T0 + MINUTE, { from: ['192.0.2.1', '2001:db8::/64'], lastUserAgent: 'curl/8' }))
    await record(useOf(keyId, T0 + HOUR, { counts: { valid: 5 } }))
    assert.deepEqual(await storeOf().keyUse.listHours(keyId, T0, T0 + DAY), [
      { hour: T0, outcome: 'rate_limited', count: 2 },
      { hour: T0, outcome: 'valid', count: 4 },
      { hour: T0 + HOUR, outcome: 'valid', count: 5 },
    ])
    assert.deepEqual(await storeOf().keyUse.listHours(keyId, T0 + HOUR, T0 + HOUR), [])
    assert.deepEqual(await storeOf().keyUse.listNetworks(keyId), {
      networks: [
        { network: '192.0.2.1', firstSeenAt: T0, lastSeenAt: T0 + HOUR },
        { network: '2001:db8::/64', firstSeenAt: T0 + MINUTE, lastSeenAt: T0 + MINUTE },
      ],
      beyond: 0,
    })
    const [row] = await databaseOf().query(`select last_used_at, last_used_address, last_used_user_agent from api_keys where id = '${keyId}'`)
    assert.deepEqual(
      { ...row, last_used_at: Number(row?.['last_used_at']) },
      { last_used_at: T0 + HOUR, last_used_address: '192.0.2.1', last_used_user_agent: 'test' },
    )
  })

  it('K11: a report that comes late takes no last use back, and is counted in its own hour', async () => {
    const keyId = await oneKey()
    await record(useOf(keyId, T0 + HOUR, { from: ['192.0.2.9'] }))
    await record(useOf(keyId, T0, { from: ['192.0.2.1'] }))
    const [row] = await databaseOf().query(`select last_used_at, last_used_address from api_keys where id = '${keyId}'`)
    assert.deepEqual([Number(row?.['last_used_at']), row?.['last_used_address']], [T0 + HOUR, '192.0.2.9'])
    assert.deepEqual(
      (await storeOf().keyUse.listHours(keyId, T0, T0 + DAY)).map(({ hour }) => hour),
      [T0, T0 + HOUR],
    )
  })

  it('K11: a report written twice counts once', async () => {
    const keyId = await oneKey()
    const report = reportOf(useOf(keyId, T0, { counts: { valid: 7 } }))
    assert.deepEqual(await storeOf().keyUse.recordUse(report, judge), { counted: 1, alerts: 0 })
    assert.equal(await storeOf().keyUse.recordUse(report, judge), 'repeated')
    const third = { ...report, sequence: 3, uses: [useOf(keyId, T0)] }
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => storeOf().keyUse.recordUse(third, judge)))
    assert.equal(outcomes.filter((outcome) => outcome !== 'repeated').length, 1)
    assert.equal(await storeOf().keyUse.recordUse({ ...third, sequence: 2 }, judge), 'repeated', 'its turn has passed')
    assert.deepEqual(await storeOf().keyUse.listHours(keyId, T0, T0 + DAY), [{ hour: T0, outcome: 'valid', count: 8 }])
  })

  it('K11: ids that are no key make nothing', async () => {
    const keyId = await oneKey()
    const before = await databaseOf().query('select count(*) as n from key_habits')
    const strangers = Array.from({ length: 500 }, (_, index) => useOf(`key_${index}`, T0, { counts: { revoked: 1 } }))
    assert.deepEqual(await record(...strangers), { counted: 0, alerts: 0 })
    assert.deepEqual(await databaseOf().query('select count(*) as n from key_habits'), before)
    assert.deepEqual(await record(...strangers, useOf(keyId, T0)), { counted: 1, alerts: 0 })
    assert.deepEqual(
      await databaseOf().query("select key_id from key_use_hours where outcome = 'revoked' and key_id like 'key\\_%' and length(key_id) < 10"),
      [],
    )
  })

  it(`K11: at most ${MAX_NETWORKS} networks are kept apart, the rest is counted`, async () => {
    const keyId = await oneKey()
    const networks = Array.from({ length: 130 }, (_, index) => `198.51.100.${index}`)
    await record(useOf(keyId, T0, { from: networks.slice(0, 64) }))
    await record(useOf(keyId, T0, { from: networks.slice(64, 128), beyondNetworks: 3 }))
    const known = await storeOf().keyUse.listNetworks(keyId)
    assert.equal(known.networks.length, MAX_NETWORKS)
    assert.equal(known.beyond, 28 + 3)
  })

  it('K11 E2: each kind of anomaly is an event with a line for each channel, once per key, kind and hour', async () => {
    const keyId = await oneKey()
    const settled = T0 + 2 * DAY
    await record(useOf(keyId, T0))
    await record(useOf(keyId, settled, { from: ['203.0.113.5'] }))
    await record(useOf(keyId, settled + MINUTE, { from: ['203.0.113.6'] }))
    assert.deepEqual(await alertsOf(keyId), ['new_network'])
    await record(useOf(keyId, settled + HOUR, { from: ['203.0.113.7'] }))
    assert.deepEqual(await alertsOf(keyId), ['new_network', 'new_network'])
    const { items } = await storeOf().alertOutbox.listDeliveries({ limit: 100 })
    const [event] = (await storeOf().events.listEvents({ limit: 1, type: 'key.alert', credentialId: keyId })).items
    assert.deepEqual(
      items.filter(({ alertId }) => alertId === event?.data?.['alert']).map(({ channel, state }) => [channel, state]),
      [
        ['email', 'waiting'],
        ['webhook', 'waiting'],
      ],
    )
    assert.equal(event?.data?.['message'], 'Used from 203.0.113.7, where it was never used before')
    assert.equal(event?.address, '203.0.113.7')
  })

  it('K11: many networks at once are seen over several reports', async () => {
    const keyId = await oneKey()
    for (let index = 0; index < 5; index++) await record(useOf(keyId, T0 + index * MINUTE, { from: [`203.0.113.${index}`] }))
    assert.deepEqual(await alertsOf(keyId), ['many_networks'])
    const slow = await oneKey()
    for (let index = 0; index < 8; index++) await record(useOf(slow, T0 + index * HOUR, { from: [`203.0.113.${index}`] }))
    assert.deepEqual(await alertsOf(slow), [], 'not at once')
    const publishable = await oneKey('pk')
    await record(useOf(publishable, T0, { from: Array.from({ length: 20 }, (_, index) => `203.0.113.${index}`) }))
    assert.deepEqual(await alertsOf(publishable), [], 'a publishable key is meant to be everywhere')
  })

  it('E2: a line of the outbox is handed to one taker until its lease ends, and not at all once it is settled', async () => {
    const { alertOutbox } = storeOf()
    const now = T0 + 400 * DAY
    const [first, second] = await Promise.all([alertOutbox.claimDeliveries(now, now + 1000, 3), alertOutbox.claimDeliveries(now, now + 1000, 3)])
    const ids = [...first, ...second].map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(first.length === 3 && second.length > 0)
    const [one, two, three] = first
    assert.ok(one !== undefined && two !== undefined && three !== undefined)
    await alertOutbox.settleDelivery(one.id, { state: 'delivered', at: now, note: '204' })
    await alertOutbox.settleDelivery(two.id, { state: 'waiting', at: now, nextAt: now + 5000, note: '500' })
    const again = await alertOutbox.claimDeliveries(now + 1000, now + 2000, 100)
    assert.ok(
      again.some(({ id, attempts }) => id === three.id && attempts === 2),
      'whoever took it died: somebody else has it now',
    )
    assert.ok(!again.some(({ id }) => id === one.id || id === two.id))
    assert.ok((await alertOutbox.claimDeliveries(now + 5000, now + 9000, 100)).some(({ id }) => id === two.id))
    const log = (await alertOutbox.listDeliveries({ limit: 100 })).items
    assert.deepEqual(
      log.filter(({ id }) => id === one.id).map(({ state, endedAt, lastOutcome, nextAt }) => ({ state, endedAt, lastOutcome, nextAt })),
      [{ state: 'delivered', endedAt: now, lastOutcome: '204', nextAt: undefined }],
    )
  })

  it('E6: what is older than it is kept is forgotten', async () => {
    const keyId = await oneKey()
    await record(useOf(keyId, T0))
    await record(useOf(keyId, T0 + 100 * DAY))
    await storeOf().keyUse.forgetUse({ hours: T0 + 10 * DAY, reporters: T0 + 200 * DAY, deliveries: T0 + 500 * DAY })
    assert.deepEqual(await storeOf().keyUse.listHours(keyId, 0, T0 + 900 * DAY), [{ hour: T0 + 100 * DAY, outcome: 'valid', count: 1 }])
    assert.equal(Number((await databaseOf().query('select count(*) as n from use_reporters'))[0]?.['n']), 0)
    assert.ok((await storeOf().alertOutbox.listDeliveries({ limit: 100 })).items.every(({ state }) => state === 'waiting'))
  })
})

describe('use of keys on three nodes (postgres)', () => {
  let database: TestDatabase
  let stores: Store[]
  before(async () => {
    database = await createDatabase('postgres')
    stores = await Promise.all([database.open(), database.open(), database.open()])
  })
  after(() => database?.drop())

  it('K11: adds up to the last count, and one anomaly seen by all is told once', async () => {
    const [store] = stores
    assert.ok(store !== undefined)
    const keys = await writeKeys(database, store, 40)
    const watched = keys[0] ?? assert.fail()
    await store.keyUse.recordUse(reportOf(useOf(watched, T0 - 2 * DAY)), judge)
    const rounds = Array.from({ length: 60 }, (_, round) => round)
    await Promise.all(
      rounds.map((round) => {
        const node = stores[round % 3] ?? store
        const uses = keys.map((keyId) => useOf(keyId, T0 + round, { counts: { valid: 2, expired: 1 }, from: ['198.51.100.77'] }))
        return node.keyUse.recordUse(reportOf(...(round % 2 === 0 ? uses : uses.toReversed())), judge)
      }),
    )
    const sums = await database.query('select outcome, sum(count) as n from key_use_hours where hour >= 1000000 group by outcome order by outcome')
    assert.deepEqual(
      sums.map(({ outcome, n }) => [outcome, Number(n)]),
      [
        ['expired', 60 * 40],
        ['valid', 60 * 40 * 2 + 1],
      ],
    )
    const habits = await database.query(`select hour_uses, minute_refusals, networks from key_habits where key_id <> '${watched}'`)
    assert.ok(habits.every((row) => Number(row['hour_uses']) === 120 && Number(row['minute_refusals']) === 60 && Number(row['networks']) === 1))
    const alerts = (await store.events.listEvents({ limit: 100, type: 'key.alert', credentialId: watched })).items
    assert.deepEqual(alerts.map(({ reason }) => reason).sort(), ['new_network', 'refusal_burst'])
  })
})
