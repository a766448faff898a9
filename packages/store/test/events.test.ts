import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type NewEvent, Refusal } from '@latchwork/kernel'
import { describeOnEachEngine } from './engines.ts'
import { T0 } from './records.ts'

const isMalformed = (error: unknown) => error instanceof Refusal && error.code === 'request_malformed'

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
