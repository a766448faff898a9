/** Jobs under clocks that step: nothing waits for a time that a wrong clock gave, and what two nodes do at once counts once (R5). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, idOf, journalOf, newKey, noJournal, SECOND, T0, writePerson, writeSignedInTo } from './records.ts'

const LEASE = 30 * SECOND
const AHEAD = T0 + HOUR

describeOnEachEngine('jobs under clocks that step', (node, database) => {
  async function queueAlert(at: number): Promise<string> {
    const id = idOf('alert')
    await database().query(
      `insert into alert_deliveries (id, alert_id, channel, alert, created_at, next_at, put_off_at, state, attempts) values ('${id}', '${id}', 'email', '{}', ${at}, ${at}, ${at}, 'waiting', 0)`,
    )
    await node().tryWrite() // a node sees that another has written
    return id
  }

  async function queueLogout(at: number): Promise<string> {
    const { sessionId, userId } = await writeSignedInTo(node())
    await node().accounts.endLoginSession(sessionId, userId, 'signed_out', at, noJournal)
    return sessionId
  }

  const alertsAt = async (now: number) => (await node().alertOutbox.claimDeliveries(now, now + LEASE, 100)).map(({ id }) => id)
  const logoutsAt = (now: number) => node().oauth.claimLogouts(now, now + LEASE, 100)
  const sessionsAt = async (now: number) => (await logoutsAt(now)).map(({ sessionId }) => sessionId)

  it('R5 E2: an alert that a clock put off which has been set back since is due, be it new, leased or waiting', async () => {
    const [fresh, leased, waiting] = [await queueAlert(AHEAD), await queueAlert(T0), await queueAlert(T0)]
    assert.deepEqual(new Set(await alertsAt(AHEAD)), new Set([fresh, leased, waiting]))
    await node().alertOutbox.settleDelivery(waiting, { state: 'waiting', at: AHEAD, nextAt: AHEAD + HOUR, note: '500' })
    assert.deepEqual(new Set(await alertsAt(T0)), new Set([fresh, leased, waiting]))
    assert.deepEqual(await alertsAt(T0), [], 'and has a lease of the right clock then')
    assert.equal((await alertsAt(T0 + LEASE)).length, 3)
    for (const id of [fresh, leased, waiting]) await node().alertOutbox.settleDelivery(id, { state: 'delivered', at: T0, note: '204' })
    assert.deepEqual(await alertsAt(T0 - HOUR), [], 'what is done stays done')
  })

  it('R5 O16: so is a line about a sign-out', async () => {
    const [one, other] = [await queueLogout(AHEAD), await queueLogout(T0)]
    const taken = await logoutsAt(AHEAD)
    assert.equal(taken.length, 2)
    for (const { id } of taken) await node().oauth.putOffLogout(id, AHEAD, AHEAD + HOUR)
    assert.deepEqual(new Set(await sessionsAt(T0)), new Set([one, other]))
    assert.deepEqual(await sessionsAt(T0), [])
    for (const { id } of taken) await node().oauth.endLogout(id, noJournal)
  })

  it('R5 O16: nodes whose clocks are within a minute do not take from each other', async () => {
    const session = await queueLogout(T0)
    assert.deepEqual(await sessionsAt(T0 + 59 * SECOND), [session])
    assert.deepEqual(await sessionsAt(T0), [])
  })

  it('R5 O16: a line that two nodes had is ended once, with one event', async () => {
    const session = await queueLogout(T0)
    const [line] = await logoutsAt(T0)
    const again = (await logoutsAt(T0 + LEASE)).find(({ sessionId }) => sessionId === session)
    assert.equal(again?.id, line?.id, 'a clock that is half a minute ahead ends a lease early')
    const events = async () => (await node().events.listEvents({ limit: 100 })).items.length
    const before = await events()
    for (let round = 0; round < 2; round++) await node().oauth.endLogout(line?.id ?? '', journalOf())
    assert.equal(await events(), before + 1)
    await node().oauth.putOffLogout(line?.id ?? '', T0, T0)
    assert.ok(!(await sessionsAt(T0 + HOUR)).includes(session), 'who comes late brings nothing back')
  })

  it('R5 K19: a rotation that a clock took which has been set back since is free, and who had it changes nothing', async () => {
    const { account } = await writePerson(node())
    const key = newKey(account.id)
    await node().apiKeys.createKey(key, noJournal)
    const policy = { id: idOf('rotation'), accountId: account.id, environment: 'live', keyId: key.id, schedule: { everyMs: HOUR }, overlapMs: 0 } as const
    await node().rotations.setPolicy({ ...policy, target: 'vault', path: key.id, createdBy: 'root_1', createdAt: T0 }, () => noJournal)
    const [claim] = await node().rotations.claimDue(AHEAD, AHEAD + LEASE, 100)
    assert.ok(claim)
    assert.equal(await node().rotations.claimOne(key.id, AHEAD, AHEAD + LEASE), 'under_way')
    const taken = await node().rotations.claimOne(key.id, T0, T0 + LEASE)
    assert.ok(typeof taken === 'object')
    const change = { keyId: key.id, nextAt: T0 + HOUR, failures: 0 }
    assert.equal(await node().rotations.settleRotation(claim, change, journalOf()), false)
    assert.equal(await node().rotations.settleRotation(taken, change, noJournal), true)
  })
})
