/** A rotation whose key has ended, or is stopped for a while. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { asRoot, eventsOf, make, newAccount, newPerson, read, roll } from '../keys/calls.ts'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { report } from '../leaks/leaked.ts'
import { folderFor, HOUR, keyIn, look, MINUTE, rotated, runRotation, setRotation, showRotation, use } from './rotating.ts'

const folders: (() => void)[] = []
const folder = folderFor({ after: (end: () => void) => void folders.push(end) })
process.on('exit', () => {
  for (const end of folders) end()
})
const deliveryTargets = [{ name: 'disk', kind: 'file', directory: folder }]

type End = (
  latchwork: Latchwork,
  key: { readonly id: string; readonly secret: string; readonly accountId: string; readonly userId: string },
) => Promise<unknown>

const ends: Readonly<Record<string, End>> = {
  'it is revoked': (rig, { id }) => asRoot(rig, 'DELETE', `/v1/keys/${id}`),
  'it is ended': (rig, { id }) => asRoot(rig, 'POST', `/v1/keys/${id}/end`, {}),
  'it leaked': (rig, { secret }) => report(rig, secret),
  'whoever made it left': (rig, { accountId, userId }) => asRoot(rig, 'POST', `/v1/accounts/${accountId}/members/${userId}/keys/end`, {}),
}

onEachEngine(
  'rotations of keys that ended or are stopped',
  (rigOf, engine) => {
    const account = () => newAccount(rigOf())
    const everyHour = (path: string) => ({ everySeconds: HOUR, overlapSeconds: 600, target: 'disk', path: `${engine}/${path}` })
    const stateOf = async (id: string) => (await showRotation(rigOf(), id)).body.state

    for (const [how, end] of Object.entries(ends)) {
      it(`K19: once ${how}, a key's rotation is told as ended at once, closed by the desk's next turn with an event, and its place is free`, async () => {
        const rig = rigOf()
        const { userId, accountId } = await newPerson(rig)
        const { key, secret } = await make(rig, accountId, { kind: 'rk', userId })
        const path = how.replaceAll(' ', '-')
        assert.equal((await setRotation(rig, key.id, everyHour(path))).status, 200)
        await look(rig)
        await end(rig, { id: key.id, secret, accountId, userId })
        await until(async () => (await stateOf(key.id)) !== 'waiting', 'the rotation has ended')
        await until(async () => {
          await look(rig)
          return (await showRotation(rig, key.id)).status === 404
        }, 'the desk closes it, long before it is due')
        refuses(await showRotation(rig, key.id), 404, 'not_found', /ended/)
        assert.equal((await eventsOf(rig, key.id)).filter((type) => type === 'key.rotation_removed').length, 1)
        const successor = await make(rig, accountId, { kind: 'rk' })
        assert.equal((await setRotation(rig, successor.key.id, everyHour(path))).status, 200)
      })
    }

    it('K19: a rotation whose key has ended is told as ended, and holds no place, though the desk has not come to it; one whose key was rolled holds it', async () => {
      const rig = rigOf()
      const accountId = await account()
      const [old, next] = [await make(rig, accountId, { kind: 'rk' }), await make(rig, accountId, { kind: 'rk' })]
      await setRotation(rig, old.key.id, everyHour('place'))
      const { store } = rig.server.installation
      const journal = { events: [], revocations: [] } // no entry of the feed: nobody hears of it
      await store.apiKeys.revokeKey(old.key.id, 'x', rig.now(), journal)
      const { state, reason, dueAt } = (await showRotation(rig, old.key.id)).body
      assert.deepEqual([state, reason, dueAt], ['ended', 'key_ended', undefined])
      const { items } = (await asRoot(rig, 'GET', `/v1/rotations?accountId=${accountId}`)).body
      assert.deepEqual([items.length, items[0].state], [1, 'ended'])
      assert.equal((await setRotation(rig, next.key.id, everyHour('place'))).status, 200)
      const { items: events } = (await asRoot(rig, 'GET', `/v1/events?credentialId=${old.key.id}&type=key.rotation_removed`)).body
      assert.deepEqual([events.length, events[0].reason, events[0].data.path], [1, 'key_ended', `${engine}/place`])

      const byHand = (await roll(rig, next.key.id, { overlapSeconds: 0 })).body
      const third = await make(rig, accountId, { kind: 'rk' })
      refuses(await setRotation(rig, third.key.id, everyHour('place')), 409, 'rotation_path_taken')
      assert.equal(await stateOf(byHand.key.id), 'waiting')
    })

    it('K19: a key that expires without a successor ends its rotation when it does', async () => {
      const rig = rigOf()
      const accountId = await account()
      const other = await make(rig, accountId)
      const { key } = await make(rig, accountId, { expiresAt: new Date(rig.now() + HOUR * 1000).toISOString() })
      await setRotation(rig, key.id, { ...everyHour('expiry'), everySeconds: 24 * HOUR })
      for (let minutes = 0; minutes < 60; minutes += 5) {
        await look(rig)
        rig.advance(5 * MINUTE)
      }
      assert.ok((await eventsOf(rig, key.id)).includes('key.rotation_failed'), 'both places were taken')
      assert.equal((await read(rig, other.key.id)).revokedAt, undefined)
      await look(rig)
      assert.equal((await showRotation(rig, key.id)).status, 404)
      assert.ok((await eventsOf(rig, key.id)).includes('key.rotation_removed'))
    })

    it('K19: PUT answers when the key is due', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account(), { kind: 'rk' })
      const { body } = await setRotation(rig, key.id, everyHour('due'))
      assert.ok(Math.abs(Date.parse(body.dueAt) - rig.now() - HOUR * 1000) < 30_000, body.dueAt)
      assert.equal(body.state, 'waiting')
      await look(rig)
      assert.equal((await showRotation(rig, key.id)).body.dueAt, body.dueAt, 'as the desk works it out')
      const sooner = (await setRotation(rig, key.id, { ...everyHour('due'), everySeconds: 1800 })).body
      assert.equal(Date.parse(body.dueAt) - Date.parse(sooner.dueAt), 1_800_000)
    })

    it('K19: a disabled key is not rotated, not by hand either, and says why; once it is enabled, what is due is rotated', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account(), { kind: 'rk' })
      await setRotation(rig, key.id, everyHour('stopped'))
      const enable = (enabled: boolean) => asRoot(rig, 'PATCH', `/v1/keys/${key.id}`, { enabled })
      await enable(false)
      rig.advance(2 * HOUR * 1000)
      await look(rig)
      const paused = (await showRotation(rig, key.id)).body
      assert.deepEqual([paused.state, paused.reason, paused.failures, paused.successorId], ['paused', 'key_disabled', 0, undefined])
      assert.ok(Date.parse(paused.dueAt) < rig.now())
      refuses(await runRotation(rig, key.id), 409, 'rotation_paused', new RegExp(`latchwork keys enable ${key.id}`))
      assert.equal(existsSync(join(folder, engine, 'stopped')), false)
      assert.equal((await read(rig, key.id)).replacedBy, undefined)
      await enable(true)
      await until(async () => {
        await look(rig)
        return (await read(rig, key.id)).replacedBy !== undefined
      }, 'it is rotated, without a moment of waiting')
      await rotated(rig, key.id)
      assert.equal(await use(rig, keyIn(folder, `${engine}/stopped`)), 'VALID')
    })

    it('K19: a successor that is disabled before it is delivered is not sent, and goes on its way once it is enabled', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account(), { kind: 'rk' })
      const place = join(folder, engine, 'in-the-way')
      mkdirSync(place, { recursive: true })
      await setRotation(rig, key.id, everyHour('in-the-way'))
      const { successorId } = (await runRotation(rig, key.id)).body
      assert.equal((await showRotation(rig, key.id)).body.state, 'delivering')
      await asRoot(rig, 'PATCH', `/v1/keys/${successorId}`, { enabled: false })
      rmSync(place, { recursive: true })
      rig.advance(MINUTE)
      await look(rig)
      const { state, reason, failures } = (await showRotation(rig, key.id)).body
      assert.deepEqual([state, reason, failures], ['paused', 'key_disabled', 1])
      refuses(await runRotation(rig, key.id), 409, 'rotation_paused', new RegExp(`keys enable ${successorId}`))
      assert.equal(existsSync(place), false)
      await asRoot(rig, 'PATCH', `/v1/keys/${successorId}`, { enabled: true })
      await until(async () => {
        await look(rig)
        return existsSync(place)
      }, 'it is delivered')
      assert.equal(await use(rig, keyIn(folder, `${engine}/in-the-way`)), 'VALID')
    })

    it('K19: the keys of a disabled account wait, and go on with it', async () => {
      const rig = rigOf()
      const accountId = await account()
      const { key } = await make(rig, accountId, { kind: 'rk' })
      await setRotation(rig, key.id, everyHour('account'))
      await asRoot(rig, 'POST', `/v1/accounts/${accountId}/disable`)
      rig.advance(2 * HOUR * 1000)
      await look(rig)
      const { state, reason } = (await showRotation(rig, key.id)).body
      assert.deepEqual([state, reason], ['paused', 'account_disabled'])
      refuses(await runRotation(rig, key.id), 409, 'rotation_paused', new RegExp(`accounts enable ${accountId}`))
      await asRoot(rig, 'POST', `/v1/accounts/${accountId}/enable`)
      rig.advance(10 * MINUTE)
      await look(rig)
      assert.equal(await use(rig, keyIn(folder, `${engine}/account`)), 'VALID')
    })
  },
  { config: { deliveryTargets } },
)
