/** A backup is restored, and the feed of revocations grows past where somebody was who heard the former one. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { copyOf, createDatabase, engineNames, putInPlace } from '@latchwork/store/test-engines'
import { createVerifier, type IncomingRequest } from '@latchwork/verify'
import { API, type Latchwork, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

interface Place {
  readonly wishes: Wishes
  /** A copy of what is there, while no server runs. Gives the way to put it back. */
  readonly backUp: () => Promise<() => Promise<void>>
}

async function placeOn(t: TestContext, engine: (typeof engineNames)[number]): Promise<Place> {
  if (engine === 'sqlite') {
    const [data, backup] = [mkdtempSync(join(tmpdir(), 'latchwork-')), mkdtempSync(join(tmpdir(), 'latchwork-'))]
    t.after(() => [data, backup].forEach((folder) => void rmSync(folder, { recursive: true })))
    const copy = (from: string, to: string) => {
      rmSync(to, { recursive: true })
      cpSync(from, to, { recursive: true })
    }
    return {
      wishes: { data },
      backUp: async () => {
        copy(data, backup)
        return async () => copy(backup, data)
      },
    }
  }
  const database = await createDatabase('postgres')
  t.after(database.drop)
  assert.ok(database.options.engine === 'postgres')
  return {
    wishes: { postgres: database.options.url },
    backUp: async () => {
      const copy = await copyOf(database)
      t.after(copy.drop)
      return () => putInPlace(copy, database)
    },
  }
}

const bearing = (credential: string): IncomingRequest => ({
  method: 'GET',
  url: '/',
  headers: { authorization: `Bearer ${credential}` },
  secure: true,
  loopback: false,
  remoteAddress: '192.0.2.1',
})

async function makeKey(latchwork: Latchwork): Promise<{ readonly id: string; readonly secret: string }> {
  const { body } = await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'x' } })
  return { id: body.key.id, secret: body.secret }
}

async function revoke(latchwork: Latchwork, id: string): Promise<void> {
  assert.equal((await latchwork.call('DELETE', `/v1/keys/${id}`, { bearer: latchwork.rootKey })).status, 204)
}

async function revokeSome(latchwork: Latchwork, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) await revoke(latchwork, (await makeKey(latchwork)).id)
}

for (const engine of engineNames) {
  describe(`a restored feed that grew past where a verifier was (${engine})`, () => {
    it('K10 R2: what the verifier remembers is forgotten, and what ended under numbers that it knew is refused', async (t) => {
      const place = await placeOn(t, engine)
      const first = await startLatchwork(t, place.wishes)
      const { issuer, rootKey } = first
      const [ended, other] = [await makeKey(first), await makeKey(first)]
      await revokeSome(first, 1)
      await first.stop()
      const restore = await place.backUp()

      const there = { ...place.wishes, port: Number(new URL(issuer).port) }
      const second = await startLatchwork(t, there)
      await revokeSome(second, 3)
      const verifier = createVerifier({ issuer, audience: API, rootKey, log: () => {} })
      t.after(() => verifier.close())
      await verifier.ready()
      for (const { secret } of [ended, other]) assert.ok(await verifier.authenticate(bearing(secret)))
      assert.deepEqual([verifier.state().feedId, verifier.state().storedCredentials], [4, 2])
      await second.stop()
      await restore()

      const elsewhere = await startLatchwork(t, { ...place.wishes, config: { issuer } })
      await revoke(elsewhere, ended.id)
      await revokeSome(elsewhere, 5)
      await elsewhere.stop()
      await startLatchwork(t, there)
      await until(() => verifier.state().feedId === 7 && verifier.state().fresh, 'the feed again', 20_000)
      await assert.rejects(verifier.authenticate(bearing(ended.secret)), { code: 'credential_invalid' })
      for (let call = 0; call < 2; call++) assert.ok(await verifier.authenticate(bearing(other.secret)))
      assert.equal(verifier.state().storedCredentials, 1, 'remembered again')
    })
  })
}

describe('a restored feed that grew past where nodes were (postgres)', () => {
  it('K10 R2: a node that heard nothing since its start looks at what the entry says, and forgets what it remembers', async (t) => {
    const database = await createDatabase('postgres')
    t.after(database.drop)
    assert.ok(database.options.engine === 'postgres')
    const first = await startLatchwork(t, { postgres: database.options.url })
    const [ended, other] = [await makeKey(first), await makeKey(first)]
    await revokeSome(first, 1)
    const copy = await copyOf(database)
    t.after(copy.drop)
    await until(async () => (await first.call('GET', '/health/ready')).status === 200, 'ready again')
    await revokeSome(first, 3)
    const node = await startLatchwork(t, { postgres: database.options.url, config: { issuer: first.issuer } })
    const isAlive = async ({ secret }: { readonly secret: string }) => {
      const { body } = await node.call('POST', '/v1/verify', { bearer: first.rootKey, body: { credential: secret } })
      return body.record?.alive
    }
    assert.deepEqual([await isAlive(ended), await isAlive(other)], [true, true])
    await first.stop()

    assert.ok(copy.options.engine === 'postgres')
    const restored = await startLatchwork(t, { postgres: copy.options.url })
    await revoke(restored, ended.id)
    await revokeSome(restored, 5)
    await restored.stop()
    await putInPlace(copy, database)
    await until(async () => (await isAlive(ended)) === false, 'the node knows', 20_000)
    await until(async () => (await isAlive(other)) === true, 'and goes on')
  })
})
