import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Leak, NewLeakReport } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { createDatabase, describeOnEachEngine, type TestDatabase } from './engines.ts'
import { HOUR, idOf, newClient, newDigest, noJournal, T0 } from './records.ts'

function newReport(changes: Partial<NewLeakReport> = {}): NewLeakReport {
  return { digest: newDigest(), kind: 'sk', fingerprint: 'sk_live_…abcd', channel: 'report', reportedAt: T0, ...changes }
}

function leakOf({ digest, kind, reportedAt }: NewLeakReport, changes: Partial<Leak> = {}): Leak {
  return { digest, kind, credentialId: idOf('key'), environment: 'live', action: 'revoke', reportedAt, dueAt: T0, ...changes }
}

function journalAbout(credentialId: string): Journal {
  return { events: [{ type: 'key.leaked', at: T0, actor: { kind: 'anonymous' }, credentialId }], revocations: [] }
}

describeOnEachEngine('LeaksStore', (node, database) => {
  const events = async (credentialId: string) => (await database().query(`select 1 from events where credential_id = '${credentialId}'`)).length

  it('K15: reports come back in the order they were taken in, with what was said of them and nothing else', async () => {
    const full = newReport({ url: 'https://example.com', source: 'ci', address: '192.0.2.1', channel: 'github', kind: 'root_key' })
    const bare = newReport()
    assert.equal(await node().leaks.acceptReports([full, bare]), true)
    const taken = await node().leaks.listReports(10)
    assert.deepEqual(
      taken.map(({ seq: _, ...rest }) => rest),
      [full, bare],
    )
    assert.equal((await node().leaks.listReports(1)).length, 1)
    await node().leaks.dropReports(taken.map(({ seq }) => seq))
    assert.deepEqual(await node().leaks.listReports(10), [])
  })

  it('K15: a thousand reports are one act, all or none', async () => {
    const reports = Array.from({ length: 1000 }, () => newReport())
    const [first] = reports
    assert.ok(first !== undefined)
    await assert.rejects(node().leaks.acceptReports([...reports, { ...first, source: 'a\0b' }]))
    assert.deepEqual(await node().leaks.listReports(1), [])
    await node().leaks.acceptReports(reports)
    const taken = await node().leaks.listReports(2000)
    assert.equal(taken.length, 1000)
    await node().leaks.dropReports(taken.map(({ seq }) => seq))
  })

  it('K15: a report becomes a leak with its event, once; the second report of the same credential adds neither', async () => {
    const report = newReport()
    await node().leaks.acceptReports([report, report])
    const [first, second] = await node().leaks.listReports(10)
    assert.ok(first !== undefined && second !== undefined)
    const leak = leakOf(report)
    assert.equal(await node().leaks.recordLeak(first, leak, journalAbout(leak.credentialId)), true)
    assert.equal(await node().leaks.recordLeak(first, leak, journalAbout(leak.credentialId)), false, 'that report is gone')
    assert.equal(await node().leaks.recordLeak(second, { ...leak, dueAt: T0 + HOUR }, journalAbout(leak.credentialId)), false)
    assert.deepEqual(await node().leaks.listReports(10), [])
    assert.equal(await events(leak.credentialId), 1)
    assert.deepEqual(await node().leaks.listDueLeaks(T0, 10), [leak])
    await node().leaks.settleLeak(leak.digest, T0)
    assert.deepEqual(await node().leaks.listDueLeaks(T0 + HOUR, 10), [])
  })

  it('K15: what is due comes by its time, and what is only told of never', async () => {
    const dues = [T0 + 3, T0 + 1, T0 + 2, undefined]
    for (const dueAt of dues) {
      const report = newReport()
      await node().leaks.acceptReports([report])
      const [taken] = await node().leaks.listReports(1)
      assert.ok(taken !== undefined)
      const { dueAt: _, ...leak } = leakOf(report)
      await node().leaks.recordLeak(taken, dueAt === undefined ? { ...leak, action: 'notify' } : { ...leak, dueAt }, noJournal)
    }
    const due = async (now: number, limit = 10) => (await node().leaks.listDueLeaks(now, limit)).map(({ dueAt }) => dueAt)
    assert.deepEqual(await due(T0), [])
    assert.deepEqual(await due(T0 + 2), [T0 + 1, T0 + 2])
    assert.deepEqual(await due(T0 + HOUR, 2), [T0 + 1, T0 + 2])
  })

  it('K15: the database itself refuses a revocation without a time, and a time without one', async () => {
    const values = (action: string, due: string) => `('${newDigest()}', 'sk', 'key_x', 'live', '${action}', 1, ${due})`
    const insert = (row: string) => database().query(`insert into leaks (digest, kind, credential_id, environment, action, reported_at, due_at) values ${row}`)
    await assert.rejects(insert(values('revoke', 'null')))
    await assert.rejects(insert(values('notify', '5')))
  })

  it('K15: a delivery is remembered until its time, and taken anew after it', async () => {
    const delivery = { id: newDigest(), until: T0 + HOUR }
    assert.equal(await node().leaks.acceptReports([newReport()], delivery), true)
    assert.equal(await node().leaks.acceptReports([newReport()], delivery), false)
    assert.equal((await node().leaks.listReports(10)).length, 1, 'nothing of the second')
    await node().leaks.forgetDeliveries(T0 + HOUR)
    assert.equal(await node().leaks.acceptReports([], delivery), false)
    await node().leaks.forgetDeliveries(T0 + HOUR + 1)
    assert.equal(await node().leaks.acceptReports([], delivery), true)
    await node().leaks.dropReports((await node().leaks.listReports(10)).map(({ seq }) => seq))
  })

  it('K15: a client secret is found by its digest and taken away alone', async () => {
    const client = newClient()
    const digest = newDigest()
    await node().oauth.createClient(client, digest, noJournal)
    assert.deepEqual(await node().leaks.findClientSecret(digest), {
      kind: 'client_secret',
      id: client.id,
      clientId: client.id,
      environment: 'test',
      isAlive: true,
    })
    assert.equal(await node().leaks.findClientSecret(newDigest()), undefined)
    assert.equal(await node().leaks.endClientSecret(client.id, newDigest(), noJournal), false)
    assert.equal(await node().leaks.endClientSecret(client.id, digest, noJournal), true)
    assert.equal(await node().leaks.findClientSecret(digest), undefined)
    assert.ok((await node().oauth.findClient(client.id)) !== undefined)
  })
})

describe('taking reports in', () => {
  it('K15: is the same statements whether the credential is known, unknown or was reported before', async (t) => {
    const database = await createDatabase('sqlite')
    t.after(() => database.drop())
    let statements = 0
    const store = await database.open({ onStatement: () => void statements++ })
    const known = newReport()
    const count = async (report: NewLeakReport): Promise<number> => {
      statements = 0
      await store.leaks.acceptReports([report])
      return statements
    }
    const first = await count(known)
    const [taken] = await store.leaks.listReports(1)
    assert.ok(taken !== undefined)
    await store.leaks.recordLeak(taken, leakOf(known), noJournal)
    assert.deepEqual([await count(known), await count(newReport()), await count(newReport({ kind: 'root_key' }))], [first, first, first])
  })
})

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(`one leak, reported to all nodes at once (${engine})`, () => {
    let database: TestDatabase
    let nodes: Store[]
    before(async () => {
      database = await createDatabase(engine)
      nodes = await Promise.all(Array.from({ length: engine === 'sqlite' ? 1 : 3 }, () => database.open()))
    })
    after(() => database?.drop())
    const at = (index: number): Store => nodes[index % nodes.length] ?? assert.fail('no node')

    it('K15 R1: 60 reports, worked on by every node at the same moment, are one leak and one event', async () => {
      const report = newReport()
      await Promise.all(Array.from({ length: 60 }, (_, index) => at(index).leaks.acceptReports([report])))
      const leak = leakOf(report)
      const taken = await at(0).leaks.listReports(100)
      assert.equal(taken.length, 60)
      const outcomes = await Promise.all(
        taken.flatMap((one) => nodes.map((_, index) => at(index).leaks.recordLeak(one, leak, journalAbout(leak.credentialId)))),
      )
      assert.equal(outcomes.filter((won) => won).length, 1)
      assert.deepEqual(await at(0).leaks.listReports(1), [])
      assert.equal((await database.query(`select 1 from events where credential_id = '${leak.credentialId}'`)).length, 1)
    })

    it('K15 R1: one signed delivery sent 60 times to all nodes is taken once', async () => {
      const delivery = { id: newDigest(), until: T0 + HOUR }
      const outcomes = await Promise.all(Array.from({ length: 60 }, (_, index) => at(index).leaks.acceptReports([newReport()], delivery)))
      assert.equal(outcomes.filter((taken) => taken).length, 1)
      assert.equal((await at(0).leaks.listReports(100)).length, 1)
    })
  })
}
