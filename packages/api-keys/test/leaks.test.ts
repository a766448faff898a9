import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endDueLeaks, type Leak, type LeakReport, type Leaks, type LeaksStore, settleReports } from '@latchwork/api-keys'
import { Refusal } from '@latchwork/kernel'

const report = (seq: number): LeakReport => ({ seq, digest: `d${seq}`, kind: 'sk', fingerprint: `f${seq}`, channel: 'report', reportedAt: 1 })
const leak = (seq: number): Leak => ({
  digest: `d${seq}`,
  kind: 'sk',
  credentialId: `key_${seq}`,
  environment: 'live',
  action: 'revoke',
  reportedAt: 1,
  dueAt: 1,
})

/** The inbox and the list of leaks in memory: what the database does with them is tested at the store. */
function inMemory(reports: readonly LeakReport[], due: readonly Leak[], broken: (digest: string) => Error | undefined) {
  const inbox = new Map(reports.map((one) => [one.seq, one]))
  const open = new Map(due.map((one) => [one.digest, one]))
  const recorded: string[] = []
  const store: Pick<LeaksStore, 'listReports' | 'dropReports' | 'recordLeak' | 'listDueLeaks' | 'settleLeak'> = {
    listReports: async (limit) => [...inbox.values()].slice(0, limit),
    dropReports: async (seqs) => seqs.forEach((seq) => void inbox.delete(seq)),
    recordLeak: async (one) => {
      recorded.push(one.digest)
      return inbox.delete(one.seq)
    },
    listDueLeaks: async () => [...open.values()],
    settleLeak: async (digest) => void open.delete(digest),
  }
  const fail = (digest: string): void => {
    const error = broken(digest)
    if (error !== undefined) throw error
  }
  const leaks: Leaks = {
    store: store as LeaksStore,
    targets: {
      find: async (_kind, digest) => {
        fail(digest)
        return digest.endsWith('9') ? undefined : { kind: 'sk', id: `key_${digest}`, environment: 'live', isAlive: true }
      },
      end: async ({ digest }) => fail(digest),
    },
    policy: { live: 'revoke', test: 'notify', exceptions: [] },
    channels: [],
    onTold: () => {},
  }
  return { leaks, inbox, open, recorded }
}

describe('the work on leaks', () => {
  it('K15: a report that cannot be worked on stays and holds up none of the others', async () => {
    const reports = Array.from({ length: 20 }, (_, seq) => report(seq))
    const { leaks, inbox, recorded } = inMemory(reports, [], (digest) => (digest === 'd3' ? new TypeError('a damaged row') : undefined))
    const troubles: string[] = []
    assert.equal(await settleReports(leaks, 5, (message) => void troubles.push(message)), false)
    assert.deepEqual([...inbox.keys()], [3])
    assert.equal(recorded.length, 17, 'all but the damaged one and two that are nobody’s')
    assert.equal(troubles.length, 1)
  })

  it('K15: a store that is away ends the round, and all is kept', async () => {
    const { leaks, inbox } = inMemory([report(1), report(2)], [], () => new Refusal('store_unavailable'))
    await assert.rejects(
      settleReports(leaks, 5, () => {}),
      /store_unavailable/,
    )
    assert.equal(inbox.size, 2)
  })

  it('K15: a whole batch means that there may be more', async () => {
    const { leaks, inbox } = inMemory(
      Array.from({ length: 250 }, (_, seq) => report(seq)),
      [],
      () => undefined,
    )
    assert.equal(await settleReports(leaks, 5, assert.fail), true)
    assert.equal(inbox.size, 50)
    assert.equal(await settleReports(leaks, 5, assert.fail), false)
  })

  it('K15: what cannot be ended stays due, and what can is ended', async () => {
    const { leaks, open } = inMemory([], [leak(1), leak(2), leak(3)], (digest) => (digest === 'd2' ? new TypeError('no') : undefined))
    const troubles: string[] = []
    assert.equal(await endDueLeaks(leaks, 5, (message) => void troubles.push(message)), 2)
    assert.deepEqual([...open.keys()], ['d2'])
    assert.match(troubles.join(), /key_2/)
  })
})
