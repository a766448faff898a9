import assert from 'node:assert/strict'
import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { asRoot, eventsOf, make, newAccount, read, roll } from '../keys/calls.ts'
import { onEachEngine, startOn } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'
import { filesIn, folderFor, HOUR, keyIn, look, MINUTE, rotated, runRotation, setRotation, showRotation, use } from './rotating.ts'

const folders: (() => void)[] = []
const newFolder = () => folderFor({ after: (end: () => void) => void folders.push(end) })
const folder = newFolder()
process.on('exit', () => {
  for (const end of folders) end()
})
const deliveryTargets = [
  { name: 'disk', kind: 'file', directory: folder },
  { name: 'acme only', kind: 'file', directory: newFolder(), accounts: ['acc_acme'] },
  { name: 'test-only', kind: 'file', directory: newFolder(), environments: ['test'] },
].map((target) => ({ ...target, name: target.name.replace(' ', '-') }))

onEachEngine(
  'rotation of keys by themselves',
  (rigOf, engine) => {
    const account = () => newAccount(rigOf())
    const everyHour = (path: string) => ({ everySeconds: HOUR, overlapSeconds: 600, target: 'disk', path: `${engine}/${path}` })

    it('K19: a key is rotated when it is due, its successor delivered; the old one ends after the overlap, counted from the first use of the new one', async () => {
      const rig = rigOf()
      const { key, secret } = await make(rig, await account())
      const set = await setRotation(rig, key.id, everyHour('life'))
      assert.equal(set.status, 200, JSON.stringify(set.body))
      await look(rig)
      const due = Date.parse((await showRotation(rig, key.id)).body.dueAt)
      assert.ok(Math.abs(due - rig.now() - HOUR * 1000) < 30_000)
      rig.advance(HOUR * 1000 - MINUTE)
      await look(rig)
      assert.equal((await read(rig, key.id)).replacedBy, undefined, 'not due yet')
      rig.advance(MINUTE)
      await look(rig)
      const successor = await rotated(rig, key.id)
      const delivered = keyIn(folder, `${engine}/life`)
      assert.equal(statSync(join(folder, engine, 'life')).mode & 0o777, 0o600)
      assert.notEqual(delivered, secret)
      rig.advance(30 * MINUTE)
      assert.equal(await use(rig, secret), 'VALID', 'the new one was not used yet, so the old one lives')
      assert.equal(await use(rig, delivered), 'VALID')
      rig.advance(9 * MINUTE)
      assert.equal(await use(rig, secret), 'VALID')
      rig.advance(2 * MINUTE)
      assert.equal(await use(rig, secret), 'EXPIRED')
      assert.equal(await use(rig, delivered), 'VALID')
      const { body } = await showRotation(rig, successor)
      assert.equal(body.attempts.length, 1)
      assert.deepEqual([body.state, body.failures, body.attempts[0].outcome, body.attempts[0].successorId], ['waiting', 0, 'delivered', successor])
      assert.deepEqual(await eventsOf(rig, successor), ['key.created', 'key.rotated'])
      assert.deepEqual(await eventsOf(rig, key.id), ['key.created', 'key.rotation_set', 'key.rolled', 'key.overlap_started'])
      rig.advance(20 * MINUTE)
      await look(rig)
      assert.notEqual(keyIn(folder, `${engine}/life`), delivered, 'and so on, from successor to successor')
    })

    it('K3 K19: no table, log or event ever holds a rotated key, and nothing it could be computed from outlives its delivery', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account())
      await setRotation(rig, key.id, everyHour('unseen'))
      assert.equal((await runRotation(rig, key.id)).status, 200)
      const delivered = keyIn(folder, `${engine}/unseen`)
      assert.equal(await use(rig, delivered), 'VALID')
      assert.doesNotMatch(await rig.dump(), new RegExp(delivered))
      assert.doesNotMatch(rig.log.join(''), new RegExp(delivered))
      assert.deepEqual(await rig.query('select id from key_rotations where seed is not null'), [])
    })

    it('K19 K6: where both places are taken, nothing is rolled, and event and alert name the key to end', async (t) => {
      const rig = rigOf()
      const accountId = await account()
      const { key, secret } = await make(rig, accountId)
      const other = await make(rig, accountId)
      await setRotation(rig, key.id, everyHour('full'))
      const refused = await runRotation(rig, key.id)
      refuses(refused, 409, 'key_slots_taken', new RegExp(other.key.id))
      rig.advance(HOUR * 1000)
      await look(rig)
      assert.equal(await use(rig, secret), 'VALID')
      const { items } = (await asRoot(rig, 'GET', `/v1/events?credentialId=${key.id}&type=key.rotation_failed`)).body
      assert.equal(items.length, 2)
      assert.equal(items[0].reason, 'refused')
      assert.equal(items[0].data.keyToEnd, other.key.id)
      const state = (await showRotation(rig, key.id)).body
      assert.equal(state.failures, 2)
      assert.ok(Date.parse(state.nextAttemptAt) > rig.now())
      assert.equal(existsSync(join(folder, engine, 'full')), false)
      assert.equal((await asRoot(rig, 'POST', `/v1/keys/${other.key.id}/end`, {})).status, 200)
      rig.advance(HOUR * 1000)
      await look(rig)
      assert.equal(await use(rig, keyIn(folder, `${engine}/full`)), 'VALID', 'once it was ended, by itself')
      t.diagnostic('two refusals, then rotated')
    })

    it('R1 K19: 100 triggers at once give one rotation', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account())
      await setRotation(rig, key.id, everyHour('hundred'))
      const answers = await Promise.all(Array.from({ length: 100 }, () => runRotation(rig, key.id)))
      const by = (status: number) => answers.filter((answer) => answer.status === status)
      assert.equal(by(200).length, 1)
      assert.equal(by(409).length, 99)
      for (const { body } of by(409)) assert.ok(['rotation_under_way', 'key_already_rolled'].includes(body.code), body.code)
      const { items } = (await asRoot(rig, 'GET', `/v1/keys?accountId=${key.accountId}`)).body
      assert.equal(items.length, 2)
    })

    it('K19: every key of an account is rotated by the policy of the account, those made later too; a rotation of its own goes before', async () => {
      const rig = rigOf()
      const accountId = await account()
      const [one, own] = [await make(rig, accountId, { kind: 'rk' }), await make(rig, accountId, { kind: 'rk' })]
      await make(rig, accountId, { kind: 'pk', name: 'public by nature' })
      const path = `${engine}/acme/{key}`
      const body = { maxAgeSeconds: HOUR, target: 'disk', path }
      refuses(await asRoot(rig, 'PUT', `/v1/accounts/${accountId}/rotation`, { ...body, path: 'no-place-for-each' }), 400, 'rotation_invalid', /\{key\}/)
      assert.equal((await asRoot(rig, 'PUT', `/v1/accounts/${accountId}/rotation`, body)).status, 200)
      await setRotation(rig, own.key.id, { ...everyHour('own'), everySeconds: 24 * HOUR })
      await look(rig)
      const later = await make(rig, accountId, { kind: 'rk' })
      await look(rig)
      const listed = (await asRoot(rig, 'GET', `/v1/rotations?accountId=${accountId}`)).body.items
      assert.deepEqual(listed.map((item: { readonly keyId: string }) => item.keyId).sort(), [one.key.id, own.key.id, later.key.id].sort())
      rig.advance(HOUR * 1000)
      await look(rig)
      for (const { key } of [one, later]) {
        await rotated(rig, key.id)
        assert.equal(await use(rig, keyIn(folder, `${engine}/acme/${key.id}`)), 'VALID')
      }
      assert.equal((await read(rig, own.key.id)).replacedBy, undefined)
      await look(rig)
      assert.equal((await asRoot(rig, 'GET', `/v1/rotations?accountId=${accountId}`)).body.items.length, 3, 'successors belong to their lines')
      assert.equal((await asRoot(rig, 'DELETE', `/v1/accounts/${accountId}/rotation`)).status, 204)
      assert.equal((await asRoot(rig, 'GET', `/v1/rotations?accountId=${accountId}`)).body.items.length, 1)
      refuses(await asRoot(rig, 'GET', `/v1/accounts/${accountId}/rotation`), 404, 'not_found')
    })

    it('K19: a schedule is a greatest age, an interval, a cron expression in a time zone, or the earliest of them; a key that expires is rotated before', async () => {
      const rig = rigOf()
      const due = async (terms: object, more: object = {}) => {
        const { key } = await make(rig, 'acc_test', { kind: 'rk', ...more })
        const body = { target: 'disk', path: `${engine}/due/${key.id}`, overlapSeconds: 60, ...terms }
        const set = await setRotation(rig, key.id, body)
        assert.equal(set.status, 200, JSON.stringify(set.body))
        await look(rig)
        return { at: Date.parse((await showRotation(rig, key.id)).body.dueAt), key }
      }
      const near = (at: number, expected: number) =>
        assert.ok(Math.abs(at - expected) < 30_000, `${new Date(at).toISOString()} ≠ ${new Date(expected).toISOString()}`)
      near((await due({ maxAgeSeconds: 7200 })).at, rig.now() + 2 * HOUR * 1000)
      near((await due({ maxAgeSeconds: 7200, everySeconds: 900 })).at, rig.now() + 15 * MINUTE)
      const cron = new Date((await due({ cron: '30 4 * * *', timeZone: 'Asia/Tokyo' })).at)
      assert.equal(cron.toISOString().slice(11, 19), '19:30:00')
      near((await due({ maxAgeSeconds: 10 * HOUR }, { expiresAt: new Date(rig.now() + 4 * HOUR * 1000).toISOString() })).at, rig.now() + 3 * HOUR * 1000)
    })

    it('K19: what is not sound is refused, and nothing is set', async () => {
      const rig = rigOf()
      const { key } = await make(rig, 'acc_test', { kind: 'rk' })
      const wrong: readonly [object, RegExp][] = [
        [{ everySeconds: undefined }, /maxAgeSeconds, everySeconds or cron/],
        [{ everySeconds: undefined, cron: '* * * * *' }, /more often/],
        [{ everySeconds: undefined, cron: 'nonsense' }, /five fields/],
        [{ everySeconds: undefined, cron: '0 3 * * 9' }, /cannot be read/],
        [{ everySeconds: undefined, cron: '0 3 30 2 *' }, /comes again/],
        [{ everySeconds: undefined, cron: '0 3 * * 1', timeZone: 'Mars/Base' }, /cannot be read/],
        [{ overlapSeconds: HOUR }, /shorter than the time/],
        [{ target: 'nowhere' }, /no delivery target nowhere/],
        [{ target: 'acme-only' }, /no delivery target acme-only for live keys of this account/],
        [{ target: 'test-only' }, /no delivery target test-only/],
        [{ path: '../out' }, /path is made of/],
        [{ path: 'a/../../out' }, /path is made of/],
        [{ path: '/etc/passwd' }, /path is made of/],
        [{ path: 'a//b' }, /path is made of/],
        [{ path: 'a/{name}' }, /path is made of/],
        [{ path: `acme/${mintKey('rk', 'live', 'lw').reveal()}` }, /holds a credential/],
      ]
      for (const [part, sentence] of wrong) refuses(await setRotation(rig, key.id, { ...everyHour('wrong'), ...part }), 400, 'rotation_invalid', sentence)
      const publishable = await make(rig, 'acc_test', { kind: 'pk' })
      refuses(await setRotation(rig, publishable.key.id, everyHour('wrong')), 400, 'rotation_invalid', /publishable key/)
      refuses(await setRotation(rig, 'key_none', everyHour('wrong')), 404, 'not_found')
      refuses(await showRotation(rig, key.id), 404, 'not_found', /no rotation/)
      refuses(await asRoot(rig, 'DELETE', `/v1/keys/${key.id}/rotation`), 404, 'not_found')
      refuses(await runRotation(rig, key.id), 404, 'not_found')
      const ended = await make(rig, 'acc_test', { kind: 'rk' })
      await asRoot(rig, 'DELETE', `/v1/keys/${ended.key.id}`)
      refuses(await setRotation(rig, ended.key.id, everyHour('wrong')), 409, 'key_ended')
    })

    it('K19: two rotations never deliver to one place', async () => {
      const rig = rigOf()
      const [one, other] = [await make(rig, 'acc_test', { kind: 'rk' }), await make(rig, 'acc_test', { kind: 'rk' })]
      assert.equal((await setRotation(rig, one.key.id, everyHour('twin'))).status, 200)
      refuses(await setRotation(rig, other.key.id, everyHour('twin')), 409, 'rotation_path_taken')
      assert.equal((await setRotation(rig, one.key.id, { ...everyHour('twin'), everySeconds: 7200 })).status, 200, 'its own it can set anew')
      assert.equal((await setRotation(rig, one.key.id, everyHour('own/{key}'))).status, 200)
      for (const id of [one.key.id, one.key.id.toLowerCase().replace('_', '-')])
        refuses(await setRotation(rig, other.key.id, everyHour(`own/${id}`)), 400, 'rotation_invalid', /write \{key\}/)
      const both = await Promise.all([one, other].map(({ key }) => setRotation(rig, key.id, everyHour('race'))))
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409])
    })

    it('E1 K19: who has a key rotated now stands in the events, and where from; where it falls due it is the system', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account(), { kind: 'rk' })
      await setRotation(rig, key.id, everyHour('who'))
      const { successorId } = (await runRotation(rig, key.id)).body
      assert.equal(await use(rig, keyIn(folder, `${engine}/who`)), 'VALID')
      rig.advance(HOUR * 1000)
      await look(rig)
      const rolled = async (id: string) => {
        const { items } = (await asRoot(rig, 'GET', `/v1/events?type=key.rolled&credentialId=${id}`)).body
        return items.map(({ actor, address }: { actor: { kind: string }; address?: string }) => [actor.kind, address])
      }
      assert.deepEqual([await rolled(key.id), await rolled(successorId)], [[['root_key', '127.0.0.1']], [['system', undefined]]])
    })

    it('K19: a key that was rolled by hand takes its rotation along; one that was revoked ends it', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await account())
      await setRotation(rig, key.id, everyHour('hand'))
      const byHand = (await roll(rig, key.id, { overlapSeconds: 0 })).body
      assert.equal((await showRotation(rig, byHand.key.id)).body.path, `${engine}/hand`)
      refuses(await showRotation(rig, key.id), 409, 'key_already_rolled', new RegExp(byHand.key.id))
      rig.advance(HOUR * 1000)
      await look(rig)
      const successor = await rotated(rig, byHand.key.id)
      assert.equal(await use(rig, keyIn(folder, `${engine}/hand`)), 'VALID')
      for (const id of [byHand.key.id, successor]) await asRoot(rig, 'DELETE', `/v1/keys/${id}`)
      rig.advance(HOUR * 1000)
      await look(rig)
      refuses(await showRotation(rig, successor), 404, 'not_found')
      assert.ok((await eventsOf(rig, successor)).includes('key.rotation_removed'))
    })

    it('K19: no link leads out of the folder of a target', async (t) => {
      const rig = rigOf()
      const outside = folderFor(t)
      mkdirSync(join(folder, engine), { recursive: true })
      symlinkSync(outside, join(folder, engine, 'link'))
      const { key, secret } = await make(rig, await account())
      await setRotation(rig, key.id, everyHour('link/key'))
      const run = await runRotation(rig, key.id)
      assert.equal(run.status, 202)
      assert.match(run.body.note, /leads out/)
      assert.deepEqual(filesIn(outside), [])
      assert.equal(await use(rig, secret), 'VALID')
      assert.equal((await asRoot(rig, 'DELETE', `/v1/keys/${key.id}/rotation`)).status, 204)
    })

    it('K19: targets are listed by name, kind and bounds alone', async (t) => {
      const rig = await startOn(t, engine, { config: { deliveryTargets } })
      const { body } = await asRoot(rig, 'GET', '/v1/delivery-targets')
      assert.deepEqual(body.items[1], { name: 'acme-only', kind: 'file', accounts: ['acc_acme'] })
    })
  },
  { config: { deliveryTargets } },
)
