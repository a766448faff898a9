import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { asRoot, make, newAccount } from '../keys/calls.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { startReceiver } from './peers.ts'
import { folderFor, HOUR, look, MINUTE, runRotation, setRotation, use } from './rotating.ts'

const SECRET = 'a signing secret of the receiver, long enough'

describe('alerts of rotations', () => {
  it('E2 K19: both places taken is told at once, with the key to end; a target that stays away at the third failure, and then once a day', async (t) => {
    const alerts = await startReceiver(t, SECRET)
    const store = await startReceiver(t, SECRET)
    const secretFile = join(folderFor(t), 'secret')
    writeFileSync(secretFile, SECRET)
    const latchwork = await startLatchwork(t, {
      config: {
        deliveryTargets: [{ name: 'hook', kind: 'webhook', url: store.url, secret: { file: secretFile }, caFile: store.caFile }],
        outbound: { allow: [store.host, alerts.host], extraCaFile: alerts.caFile },
        alerts: { webhook: { url: alerts.url, secret: { file: secretFile } } },
      },
    })
    const told = (kind: string) => [...alerts.taken.values()].filter((alert) => alert.kind === kind)
    const accountId = await newAccount(latchwork)
    const { key } = await make(latchwork, accountId)
    const other = await make(latchwork, accountId)
    const rotation = { everySeconds: HOUR, overlapSeconds: 60, target: 'hook' }
    await setRotation(latchwork, key.id, { ...rotation, path: 'full' })
    await runRotation(latchwork, key.id)
    await until(() => told('rotation_refused').length === 1, 'the refusal is told')
    const [refusal] = told('rotation_refused')
    assert.equal(refusal.key.id, key.id)
    assert.equal(refusal.data.keyToEnd, other.key.id)
    assert.match(refusal.message, new RegExp(other.key.id))
    await asRoot(latchwork, 'DELETE', `/v1/keys/${key.id}/rotation`)

    const away = await make(latchwork, await newAccount(latchwork))
    await setRotation(latchwork, away.key.id, { ...rotation, path: 'away' })
    store.mood = { status: 503 }
    await runRotation(latchwork, away.key.id)
    for (let attempt = 2; attempt <= 27; attempt++) {
      latchwork.advance(61 * MINUTE)
      await look(latchwork)
      if (attempt === 2) assert.equal(told('rotation_failed').length, 0, 'a moment is no alert')
      if (attempt === 3) await until(() => told('rotation_failed').length === 1, 'the failure is told')
    }
    await until(() => told('rotation_failed').length === 2, 'a day later once more')
    assert.deepEqual(
      told('rotation_failed')
        .map((alert) => alert.data.failures)
        .sort(),
      [27, 3],
    )
    assert.equal(await use(latchwork, away.secret), 'VALID')
    for (const body of alerts.asked.map((asked) => asked.body)) assert.doesNotMatch(body, /sk_live_lw_[0-9A-Za-z]{20}/)
  })
})
