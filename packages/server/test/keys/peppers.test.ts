/** Nodes of one installation, and the peppers each of them knows. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { ConfigurationError } from '@latchwork/server/config'
import { createDatabase, type EngineName, engineNames } from '@latchwork/store/test-engines'
import { type Latchwork, refuses, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { asRoot, make, newAccount, works } from './calls.ts'

const pepper = (id: string, chance = id) => `${id}:${createHash('sha256').update(chance).digest('base64url')}`

async function placeOn(t: TestContext, engine: EngineName): Promise<Wishes> {
  if (engine === 'sqlite') {
    const data = mkdtempSync(join(tmpdir(), 'latchwork-peppers-'))
    t.after(() => rmSync(data, { recursive: true, force: true }))
    return { data }
  }
  const database = await createDatabase('postgres')
  t.after(() => database.drop())
  return database.options.engine === 'postgres' ? { postgres: database.options.url } : {}
}

const start = (t: TestContext, place: Wishes, ...peppers: readonly string[]): Promise<Latchwork> =>
  startLatchwork(t, { ...place, config: peppers.length === 0 ? {} : { keys: { peppers: peppers.join(',') } } })

const old = (text: string, accountId: string) => ({ digest: createHash('sha256').update(text).digest('hex'), accountId, name: 'old' })
const bring = (latchwork: Latchwork, ...keys: readonly object[]) => asRoot(latchwork, 'POST', '/v1/keys/import', { keys })
const complaints = ({ log }: Latchwork) => log.filter((line) => line.includes('living keys are stored under the pepper'))

for (const engine of engineNames)
  describe(`peppers of an installation (${engine})`, () => {
    /** On SQLite, one after the other. */
    const nodes = async (t: TestContext, ...lists: readonly (readonly string[])[]) => {
      const place = await placeOn(t, engine)
      let running: Latchwork | undefined
      return lists.map((peppers) => async () => {
        if (engine === 'sqlite') await running?.stop()
        running = await start(t, place, ...peppers)
        return running
      })
    }

    it('K16 R1: a node that does not know a pepper that keys are stored under imports nothing, so that no key is imported twice; it says so', async (t) => {
      const [newer, older] = await nodes(t, [pepper('p2'), pepper('p1')], [pepper('p1')])
      const first = (await newer?.()) ?? assert.fail()
      const accountId = await newAccount(first)
      assert.equal((await bring(first, old('legacy-4f9a8c1d2e3b4a5f', accountId))).status, 201)
      const second = (await older?.()) ?? assert.fail()
      refuses(await bring(second, old('legacy-4f9a8c1d2e3b4a5f', accountId)), 503, 'peppers_differ', /pepper p2/)
      refuses(await bring(second, old('legacy-another-one-5a6b', accountId)), 503, 'peppers_differ')
      assert.equal(complaints(second).length, 1)
      await second.server.installation.pepperWatch.look()
      assert.equal(complaints(second).length, 1, 'once')
      const { items } = (await asRoot(second, 'GET', `/v1/keys?accountId=${accountId}`)).body
      assert.equal(items.length, 1)
      assert.equal((await asRoot(second, 'DELETE', `/v1/keys/${items[0].id}`)).status, 204)
      assert.equal((await bring(second, old('legacy-another-one-5a6b', accountId))).status, 201, 'nothing that lives is stored under it any more')
    })

    it('K3 K16: the order of the list may differ: every node finds what another stores, and knows what another imported', async (t) => {
      const [one, two] = await nodes(t, [pepper('p1'), pepper('p2')], [pepper('p2'), pepper('p1')])
      const first = (await one?.()) ?? assert.fail()
      const accountId = await newAccount(first)
      const made = await make(first, accountId, { kind: 'rk' })
      assert.equal((await bring(first, old('legacy-4f9a8c1d2e3b4a5f', accountId))).status, 201)
      const second = (await two?.()) ?? assert.fail()
      assert.equal(await works(second, made.secret), true)
      refuses(await bring(second, old('legacy-4f9a8c1d2e3b4a5f', accountId)), 409, 'key_known')
      assert.equal(await works(second, 'legacy-4f9a8c1d2e3b4a5f'), true)
      refuses(await bring(second, old('legacy-4f9a8c1d2e3b4a5f', accountId)), 409, 'key_known', /keys\[0\]/)
      assert.deepEqual(complaints(second), [])
    })

    it('K3: a first pepper is made known before it is used: none at the beginning of the list', async (t) => {
      const [plain, knowing, using] = await nodes(t, [], ['none', pepper('p1')], [pepper('p1')])
      const first = (await plain?.()) ?? assert.fail()
      const made = [await make(first, 'acc_test', { kind: 'rk' })]
      const second = (await knowing?.()) ?? assert.fail()
      made.push(await make(second, 'acc_test', { kind: 'rk' }))
      if (engine === 'postgres') for (const { secret } of made) assert.equal(await works(first, secret), true, 'nothing is stored under it yet')
      const third = (await using?.()) ?? assert.fail()
      made.push(await make(third, 'acc_test', { kind: 'rk' }))
      for (const { secret } of made) assert.equal(await works(third, secret), true)
      if (engine === 'postgres') for (const { secret } of made) assert.equal(await works(second, secret), true)
      assert.deepEqual([...complaints(second), ...complaints(third)], [])
    })

    it('K3 E7: a pepper that is another secret under the same id is refused at the start', async (t) => {
      const place = await placeOn(t, engine)
      const first = await start(t, place, pepper('p1'))
      await make(first, 'acc_test', { kind: 'rk' })
      if (engine === 'sqlite') await first.stop()
      for (const list of [[pepper('p1', 'other')], [pepper('p2'), pepper('p1', 'other')]])
        await assert.rejects(start(t, place, ...list), (error) => {
          assert.ok(error instanceof ConfigurationError)
          assert.match(error.message, /keys\.peppers: p1 is another secret/)
          for (const entry of list) assert.ok(!error.message.includes(entry.slice(3)))
          return true
        })
    })
  })

describe('nodes that part while they run (postgres)', () => {
  it('K3: a node hears of a pepper that another begins to use, and its log says what it cannot find', async (t) => {
    const place = await placeOn(t, 'postgres')
    const stale = await start(t, place, pepper('p1'))
    const fresh = await start(t, place, pepper('p2'), pepper('p1'))
    await stale.server.installation.pepperWatch.look()
    assert.deepEqual(complaints(stale), [], 'it is known and nothing is stored under it yet')
    const made = await make(fresh, 'acc_test', { kind: 'rk' })
    assert.equal(await works(stale, made.secret), false)
    await stale.server.installation.pepperWatch.look()
    assert.equal(complaints(stale).length, 1)
    assert.deepEqual(complaints(fresh), [])
  })
})
