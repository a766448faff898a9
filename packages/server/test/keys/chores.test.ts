/** What is done for keys now and then, on its own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDatabase } from '@latchwork/store/test-engines'
import { startLatchwork } from '../kit/start-latchwork.ts'

describe('chores of keys (postgres)', () => {
  it('R7: limits that have rested leave the table by themselves', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'postgres')
    const latchwork = await startLatchwork(t, { postgres: database.options.url })
    const body = { accountId: 'acc_test', kind: 'rk', name: 'limited', scopes: [], limits: [{ name: 'burst', count: 5, periodSeconds: 1 }] }
    const made = await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const verified = await latchwork.call('POST', '/v1/keys/verify', { bearer: latchwork.rootKey, body: { key: made.body.secret } })
    assert.equal(verified.body.code, 'VALID', JSON.stringify(verified.body))
    const rows = async (): Promise<number> => Number((await database.query('select count(*) as n from limit_states'))[0]?.['n'])
    assert.equal(await rows(), 1)
    await latchwork.server.installation.keyChores.run()
    assert.equal(await rows(), 1, 'not yet')
    latchwork.advance(2 * 3_600_000)
    await latchwork.server.installation.keyChores.run()
    assert.equal(await rows(), 0)
  })
})
