import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseLeakReport } from '@latchwork/api-keys'
import { onEachEngine } from '../kit/shared.ts'
import { startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { isAlive, makeKey, report, settled, told, toldOf } from './leaked.ts'

const HALF_AN_HOUR = 30 * 60_000
const patient: Wishes = { config: { leaks: { live: { revokeAfterMinutes: 30 } } } }

onEachEngine(
  'revoking after a while',
  (latchworkOf) => {
    it('K15: the owner is told at once, and the key ends when its time has come, not before', async () => {
      const latchwork = latchworkOf()
      const key = await makeKey(latchwork)
      const before = latchwork.now()
      await report(latchwork, key.text)
      const event = await told(latchwork, key.fingerprint)
      assert.equal(event.reason, 'revoke')
      const from = Date.parse(event.data?.['revokedFrom'] ?? '')
      assert.ok(from >= before + HALF_AN_HOUR && from <= latchwork.now() + HALF_AN_HOUR)
      await settled(latchwork)
      latchwork.advance(HALF_AN_HOUR - 60_000)
      const other = await makeKey(latchwork) // time for a sweep
      await report(latchwork, other.text)
      await told(latchwork, other.fingerprint)
      assert.ok(await isAlive(latchwork, 'rk', key.text))
      latchwork.advance(61_000)
      await until(async () => !(await isAlive(latchwork, 'rk', key.text)), 'the key has ended')
      assert.ok(await isAlive(latchwork, 'rk', other.text))
      const [revoked] = await toldOf(latchwork, 'key.revoked', `&credentialId=${key.id}`)
      assert.equal(revoked?.reason, 'leaked')
    })

    it('K15: a key whose owner replaced it meanwhile is not ended twice', async () => {
      const latchwork = latchworkOf()
      const key = await makeKey(latchwork)
      await report(latchwork, key.text)
      await told(latchwork, key.fingerprint)
      assert.equal((await latchwork.call('DELETE', `/v1/keys/${key.id}`, { bearer: latchwork.rootKey })).status, 204)
      latchwork.advance(HALF_AN_HOUR)
      await until(async () => {
        const [row] = await latchwork.query(`select acted_at from leaks where credential_id = '${key.id}'`)
        return row?.['acted_at'] != null
      }, 'the leak is settled')
      assert.equal((await toldOf(latchwork, 'key.revoked', `&credentialId=${key.id}`)).length, 1)
    })
  },
  patient,
)

describe('over a restart', () => {
  it('K15: what was taken in or fell due while no server ran is worked on by the next that starts', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const first = await startLatchwork(t, { ...patient, data })
    const [waits, due] = [await makeKey(first), await makeKey(first)]
    await report(first, due.text)
    await told(first, due.fingerprint)
    await first.stop()

    // Taken in by a server that was killed before it could look: straight into the store.
    const { openStore } = await import('@latchwork/store')
    const store = await openStore({ engine: 'sqlite', path: join(data, 'latchwork.db') })
    const taken = parseLeakReport({ credential: waits.text }, { channel: 'report', origin: {}, acceptsForeign: false }, Date.now())
    assert.ok(taken !== undefined)
    await store.leaks.acceptReports([taken])
    await store.close()

    const second = await startLatchwork(t, { data, config: { leaks: { live: 'revoke' } } })
    await until(async () => !(await isAlive(second, 'rk', waits.text)), 'what was taken in is heeded')
    assert.ok(await isAlive(second, 'rk', due.text), 'what was promised to wait, waits')
    await second.stop()

    const third = await startLatchwork(t, { data })
    third.advance(HALF_AN_HOUR + 1000)
    await until(async () => !(await isAlive(third, 'rk', due.text)), 'what fell due is ended')
    assert.equal((await toldOf(third, 'key.leaked')).length, 2)
  })
})
