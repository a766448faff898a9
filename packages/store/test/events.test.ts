import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { EventFilter } from '@latchwork/events'
import { type NewEvent, Refusal, type StoredEvent } from '@latchwork/kernel'
import pg from 'pg'
import type { Store } from '../src/index.ts'
import { describeOnEachEngine } from './engines.ts'
import { T0 } from './records.ts'

const isMalformed = (error: unknown) => error instanceof Refusal && error.code === 'request_malformed'

const orders = ['newest', 'oldest', 'written'] as const

/** Every page, until there is no `next`, or one that leads nowhere. */
async function everyPage(
  store: Store,
  filter: Omit<EventFilter, 'limit'>,
  limit = 100,
): Promise<{ readonly items: readonly StoredEvent[]; readonly pages: number }> {
  const items: StoredEvent[] = []
  for (let pages = 1, after = filter.after; ; pages++) {
    const page = await store.events.listEvents({ ...filter, limit, ...(after === undefined ? {} : { after }) })
    items.push(...page.items)
    if (page.next === undefined || page.next === after) return { items, pages }
    after = page.next
  }
}

describeOnEachEngine('EventsStore', (node, database) => {
  it('E1: keeps an event whole', async () => {
    const event: NewEvent = {
      type: 'user.signed_in',
      at: T0,
      actor: { kind: 'user', id: 'usr_1' },
      accountId: 'acc_1',
      userId: 'usr_1',
      clientId: 'cli_1',
      sessionId: 'ses_1',
      grantId: 'grt_1',
      credentialId: 'key_1',
      fingerprint: 'sk_live_…wxyz',
      address: '192.0.2.7',
      userAgent: "curl'; drop table events; --",
      reason: 'because',
      data: { generation: 3, bound: true, note: 'ü\u0000' },
    }
    await node().events.writeEvents([event])
    const { items } = await node().events.listEvents({ limit: 1 })
    const { id, ...stored } = items[0] ?? assert.fail('no event')
    assert.match(id, /^evt_[0-9A-Za-z]{22}$/)
    assert.deepEqual(stored, event)
  })

  it('E1: pages newest first in the order of writing, also within one millisecond, while more is written', async () => {
    const marked = (reason: string): NewEvent => ({ type: 'key.created', at: T0, actor: { kind: 'system' }, credentialId: 'key_paged', reason })
    await node().events.writeEvents(Array.from({ length: 7 }, (_, index) => marked(String(index))))
    const filter = { credentialId: 'key_paged', type: 'key.created', limit: 3 } as const
    const first = await node().events.listEvents(filter)
    await node().events.writeEvents([marked('late')])
    const second = await node().events.listEvents({ ...filter, after: first.next ?? '' })
    const third = await node().events.listEvents({ ...filter, after: second.next ?? '' })
    assert.deepEqual(
      [...first.items, ...second.items, ...third.items].map(({ reason }) => reason),
      ['6', '5', '4', '3', '2', '1', '0'],
    )
    assert.equal(third.next, undefined)
  })

  it('E1: filters by type, person, client and credential', async () => {
    const about = { userId: 'usr_f', clientId: 'cli_f', credentialId: 'key_f' }
    await node().events.writeEvents([{ type: 'token.issued', at: T0, actor: { kind: 'system' }, ...about }])
    for (const filter of [{ userId: 'usr_f' }, { clientId: 'cli_f' }, { credentialId: 'key_f' }, { type: 'token.issued' as const }]) {
      const { items } = await node().events.listEvents({ ...filter, limit: 100 })
      assert.deepEqual(
        items.map(({ userId }) => userId),
        ['usr_f'],
        JSON.stringify(filter),
      )
    }
    assert.deepEqual((await node().events.listEvents({ userId: 'usr_f', clientId: 'cli_other', limit: 9 })).items, [])
  })

  it('E1: filters by account, session, grant, who did it, where from, why, and several types, each alone and together, in every order', async () => {
    const about = { accountId: 'acc_w', sessionId: 'ses_w', grantId: 'grt_w', address: '192.0.2.99', reason: 'because_w' }
    const actor = { kind: 'root_key', id: 'root_w' } as const
    const noise: NewEvent = { type: 'key.revoked', at: T0, actor: { kind: 'system' }, accountId: 'acc_v', sessionId: 'ses_v', reason: 'because_v' }
    await node().events.writeEvents([
      noise,
      { type: 'key.created', at: T0, actor, ...about },
      noise,
      { type: 'key.rolled', at: T0 + 1, actor, ...about },
      noise,
    ])
    for (const order of orders) {
      for (const [name, value] of [...Object.entries(about), ['actorId', 'root_w']]) {
        const { items } = await everyPage(node(), { order, [name as string]: value })
        assert.deepEqual(
          items.map(({ accountId }) => accountId),
          ['acc_w', 'acc_w'],
          `${order} ${name}`,
        )
      }
      const several = await everyPage(node(), { order, type: ['key.rolled', 'key.created'], accountId: 'acc_w' }, 1)
      const inOrder = order === 'newest' ? ['key.rolled', 'key.created'] : ['key.created', 'key.rolled']
      assert.deepEqual(
        several.items.map(({ type }) => type),
        inOrder,
        order,
      )
      assert.deepEqual((await everyPage(node(), { order, accountId: 'acc_w', type: 'key.revoked' })).items, [])
      assert.deepEqual((await everyPage(node(), { order, accountId: 'acc_w', reason: 'because_v' })).items, [])
      assert.deepEqual((await everyPage(node(), { order, sessionId: 'ses_w', actorId: 'root_v' })).items, [])
    }
  })

  it('E1: newest and oldest go by the time of the event, from since to before until, each once', async () => {
    const at = (minutes: number, reason: string): NewEvent => ({
      type: 'user.changed',
      at: T0 + minutes * 60_000,
      actor: { kind: 'system' },
      userId: 'usr_t',
      reason,
    })
    await node().events.writeEvents([at(3, 'd'), at(1, 'b'), at(5, 'f'), at(1, 'c'), at(0, 'a'), at(4, 'e')])
    const reasons = async (filter: Omit<EventFilter, 'limit'>) =>
      (await everyPage(node(), { userId: 'usr_t', ...filter }, 2)).items.map(({ reason }) => reason).join('')
    assert.equal(await reasons({ order: 'oldest' }), 'abcdef')
    assert.equal(await reasons({ order: 'newest' }), 'fedcba')
    assert.equal(await reasons({ order: 'written' }), 'dbfcae')
    const span = { since: T0 + 60_000, until: T0 + 4 * 60_000 }
    assert.equal(await reasons({ ...span, order: 'oldest' }), 'bcd')
    assert.equal(await reasons(span), 'dcb')
    assert.equal(await reasons({ ...span, order: 'written' }), 'dbc')
    assert.equal(await reasons({ ...span, type: ['user.changed', 'user.created'] }), 'dcb')
    assert.equal(await reasons({ since: T0 + 6 * 60_000 }), '')
    const first = await node().events.listEvents({ userId: 'usr_t', order: 'oldest', limit: 3 })
    await node().events.writeEvents([at(0, 'x'), at(2, 'y')])
    const { items } = await everyPage(node(), { userId: 'usr_t', order: 'oldest', after: first.next ?? '' }, 3)
    assert.equal(items.map(({ reason }) => reason).join(''), 'ydef', 'what stands behind the place, and nothing twice')
  })

  it('E1: whoever goes on in the order it was written misses nothing that another node had begun before', async (t) => {
    const written = (reason: string): NewEvent => ({ type: 'account.changed', at: T0, actor: { kind: 'system' }, accountId: 'acc_late', reason })
    const { options } = database()
    const end = await node().events.findEnd()
    assert.deepEqual(await node().events.listEvents({ order: 'written', after: end, limit: 9 }), { items: [], next: end })
    const after = async (cursor: string) => {
      const { items, next = '' } = await node().events.listEvents({ order: 'written', after: cursor, accountId: 'acc_late', limit: 9 })
      return { reasons: items.map(({ reason }) => reason), next }
    }
    if (options.engine === 'postgres') {
      const slow = new pg.Client({ connectionString: options.url })
      await slow.connect()
      t.after(() => slow.end())
      await slow.query('begin')
      await slow.query(
        `insert into events (id, type, at, actor_kind, account_id, reason) values ('evt_slow', 'account.changed', ${T0}, 'system', 'acc_late', 'begun first')`,
      )
      await node().events.writeEvents([written('ended first')])
      assert.deepEqual(await after(end), { reasons: [], next: end }, 'a lower number is still to come')
      await slow.query('commit')
      const { reasons, next } = await after(end)
      assert.deepEqual(reasons, ['begun first', 'ended first'])
      assert.deepEqual((await after(next)).reasons, [])
    }
    const { next } = await after(await node().events.findEnd())
    await node().events.writeEvents([written('one'), written('two')])
    assert.deepEqual((await after(next)).reasons, ['one', 'two'])
  })

  it('R6 E1: a page looks through a bounded number of rows, and those who go on find all, each once', async () => {
    const rows = `select 'evt_many', case when n % 2 = 0 then 'token.issued' else 'token.refreshed' end, ${T0 + 1_000_000} + n / 3, 'client', 'acc_many', 'cli_many',
      case when n % 4000 = 17 then 'seldom' end from numbers`
    const numbers =
      database().engine === 'postgres'
        ? 'with numbers as (select n from generate_series(1, 12000) n)'
        : 'with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 12000)'
    await database().query(`insert into events (id, type, at, actor_kind, account_id, client_id, reason) ${numbers} ${rows}`)
    const span = { since: T0 + 1_000_000 }
    for (const order of orders) {
      for (const [what, filter] of Object.entries<Omit<EventFilter, 'limit'>>({
        'no index': { reason: 'seldom' },
        'two indexes': { accountId: 'acc_many', clientId: 'cli_many', reason: 'seldom' },
        'several types': { type: ['token.issued', 'token.refreshed', 'key.created'], reason: 'seldom' },
      })) {
        const { items, pages } = await everyPage(node(), { ...span, order, ...filter })
        assert.deepEqual(
          items.map(({ reason }) => reason),
          ['seldom', 'seldom', 'seldom'],
          `${order} ${what}`,
        )
        assert.equal(new Set(items.map(({ at }) => at)).size, 3)
        assert.ok(pages >= 3, `${order} ${what}: ${pages} pages`)
      }
      const all = await everyPage(node(), { ...span, order, accountId: 'acc_many', type: ['token.issued', 'token.refreshed'] })
      assert.equal(all.items.length, 12_000)
      const rare = await node().events.listEvents({ ...span, order, accountId: 'acc_many', type: 'key.leaked', limit: 9 })
      if (order !== 'written') assert.deepEqual(rare, { items: [] }, 'the index that soon ends leads')
    }
  })

  it('R6: refuses a cursor that it did not give, and a limit out of range', async () => {
    await node().events.writeEvents(Array.from({ length: 3 }, (): NewEvent => ({ type: 'key.created', at: T0, actor: { kind: 'system' } })))
    const { next = '' } = await node().events.listEvents({ limit: 1 })
    const altered = next.replace(/.(?=.{6}$)/, (digit) => (digit === '1' ? '2' : '1'))
    const foreign = (await node().events.listEvents({ limit: 1 })).items[0]?.id ?? ''
    for (const after of [
      '',
      altered,
      `${next}0`,
      next.slice(1),
      next.replace('events', 'keys'),
      foreign,
      "1'; drop table events; --",
      '1 or 1=1',
      '\0',
      'x'.repeat(100_000),
    ]) {
      await assert.rejects(node().events.listEvents({ limit: 1, after }), isMalformed, after.slice(0, 40))
    }
    await assert.rejects(node().apiKeys.listKeys({ limit: 1, after: next }), isMalformed)
    await assert.rejects(node().oauth.listClients({ limit: 1, after: next }), isMalformed)
    for (const limit of [0, -1, 101, 1.5, Number.NaN]) await assert.rejects(node().events.listEvents({ limit }), isMalformed, String(limit))
    assert.ok((await database().query('select * from events')).length > 3)
  })

  it('R6: text that one engine could not hold is refused by both', async () => {
    await assert.rejects(node().events.writeEvents([{ type: 'key.created', at: T0, actor: { kind: 'system' }, userAgent: 'a\0b' }]), isMalformed)
    assert.equal(await node().accounts.findUserByEmail('ada@example.com\ud800'), undefined)
    await assert.rejects(node().accounts.findUserByEmail('a\0@example.com'), isMalformed)
  })
})
