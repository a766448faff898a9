import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { createDatabase } from './engines.ts'

describe('more acts at once than can wait (sqlite)', () => {
  it('R4: the ones that fit are done, the others are refused with 503, and then all works again', async (t) => {
    const database = await createDatabase('sqlite')
    t.after(() => database.drop())
    const store = await database.open()
    const event = { type: 'request.refused', at: 1, actor: { kind: 'anonymous' } } as const
    const outcomes = await Promise.allSettled(Array.from({ length: 6000 }, () => store.events.writeEvents([event])))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.equal(outcomes.length - refused.length, 4096)
    for (const { reason } of refused) assert.ok(reason instanceof Refusal && reason.code === 'overloaded' && reason.retryAfterSeconds === 1)
    await store.events.writeEvents([event])
    assert.equal(Number((await database.query('select count(*) as n from events'))[0]?.['n']), 4097)
  })
})
