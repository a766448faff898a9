/** Expired tokens leave the store by themselves. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startExpiryChores } from '../../src/expiry-chores.ts'

it('R7: one turn is at most 50 acts of 200 rows and the next goes on behind it; an outage is told once, and tried again', async (t) => {
  const asked: string[] = []
  const told: string[] = []
  let isAway = false
  const removeExpiredTokens = async (after: string, before: number, limit: number): Promise<string | undefined> => {
    if (isAway) throw new Error('away')
    assert.deepEqual([before, limit], [9_000_000 - 3_600_000, 200])
    asked.push(after)
    return asked.length === 60 ? undefined : `token_${asked.length}`
  }
  const chores = startExpiryChores({ oauth: { store: { removeExpiredTokens } }, clock: { now: () => 9_000_000 }, onTrouble: (message) => told.push(message) })
  t.after(() => chores.close())
  await chores.run()
  assert.equal(asked.length, 50)
  isAway = true
  await chores.run()
  await chores.run()
  assert.equal(told.length, 1)
  isAway = false
  await chores.run()
  assert.equal(asked.length, 60)
  assert.equal(asked[50], 'token_50', 'it goes on where it was')
  await chores.run()
  assert.equal(asked[60], '', 'and begins again at the end')
})
