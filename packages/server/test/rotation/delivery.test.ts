import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { asRoot, eventsOf, make, newAccount, read } from '../keys/calls.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { type Peer, startAws, startKubernetes, startPeer, startReceiver, startVault } from './peers.ts'
import { folderFor, HOUR, look, MINUTE, rotated, runRotation, setRotation, showRotation, use } from './rotating.ts'

interface Store {
  readonly peer: Peer
  readonly target: Readonly<Record<string, unknown>>
  /** The key that lies in the place, if one does. */
  readonly keyAt: (path: string) => string | undefined
  /** How often something new was written there. */
  readonly writings: (path: string) => number
}

const TOKEN = 'hvs.a-token-of-the-vault'
const AWS = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-central-1' }
const HOOK = 'a signing secret of the receiver, long enough'

/** Each kind of target that is spoken to over the network. The clock of the server is the real one until a test moves it. */
const stores: Readonly<Record<string, (t: TestContext, now: () => number) => Promise<Store>>> = {
  'vault, version 2': async (t) => {
    const peer = await startVault(t, TOKEN, 'kv')
    const target = { kind: 'vault', url: peer.url, mount: 'kv', token: { file: secretFile(t, TOKEN) }, caFile: peer.caFile }
    return {
      peer,
      target,
      keyAt: (path) => peer.versions.get(`latchwork/${path}`)?.at(-1).apiKey,
      writings: (path) => peer.versions.get(`latchwork/${path}`)?.length ?? 0,
    }
  },
  'vault, version 1': async (t) => {
    const peer = await startVault(t, TOKEN, 'old', 1)
    const target = { kind: 'vault', url: peer.url, mount: 'old', version: 1, prefix: 'team/', token: { file: secretFile(t, TOKEN) }, caFile: peer.caFile }
    return {
      peer,
      target,
      keyAt: (path) => peer.versions.get(`team/${path}`)?.at(-1).apiKey,
      writings: (path) => peer.versions.get(`team/${path}`)?.length ?? 0,
    }
  },
  'AWS Secrets Manager': async (t, now) => {
    const peer = await startAws(t, AWS, now)
    const { id, secret, region } = AWS
    const keys = { accessKeyId: { file: secretFile(t, id) }, secretAccessKey: { file: secretFile(t, secret) } }
    const keyAt = (path: string): string | undefined => {
      const text = peer.secrets.get(`latchwork/${path}`)?.current
      return text === undefined ? undefined : JSON.parse(text).apiKey
    }
    const target = { kind: 'aws', url: peer.url, region, ...keys, caFile: peer.caFile }
    return { peer, target, keyAt, writings: (path) => peer.secrets.get(`latchwork/${path}`)?.tokens.size ?? 0 }
  },
  kubernetes: async (t) => {
    const peer = await startKubernetes(t, () => TOKEN, 'apps')
    const target = { kind: 'kubernetes', url: peer.url, namespace: 'apps', token: { file: secretFile(t, TOKEN) }, caFile: peer.caFile }
    const keyAt = (path: string): string | undefined => {
      const encoded = peer.secrets.get(`latchwork-${path}`)?.data.apiKey
      return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
    }
    return { peer, target, keyAt, writings: (path) => (peer.secrets.has(`latchwork-${path}`) ? 1 : 0) }
  },
  webhook: async (t) => {
    const peer = await startReceiver(t, HOOK)
    const target = { kind: 'webhook', url: `${peer.url}/rotated`, secret: { file: secretFile(t, HOOK) }, caFile: peer.caFile }
    const of = (path: string) => [...peer.taken.values()].filter((body) => body.path === path)
    return { peer, target, keyAt: (path) => of(path).at(-1)?.secret, writings: (path) => of(path).length }
  },
}

function secretFile(t: TestContext, secret: string): string {
  const file = join(folderFor(t), 'secret')
  writeFileSync(file, `${secret}\n`)
  return file
}

async function startWith(t: TestContext, open: (typeof stores)[string]): Promise<{ readonly latchwork: Latchwork; readonly store: Store }> {
  let now = (): number => Date.now()
  const store = await open(t, () => now())
  const config = { deliveryTargets: [{ name: 'store', ...store.target }], outbound: { allow: [store.peer.host] } }
  const latchwork = await startLatchwork(t, { config })
  now = latchwork.now
  return { latchwork, store }
}

const everyHour = { everySeconds: HOUR, overlapSeconds: 600, target: 'store', path: 'billing' }

describe('delivery of rotated keys', () => {
  for (const [name, open] of Object.entries(stores)) {
    it(`K19: ${name}: a rotated key lies in the store, and is good`, async (t) => {
      const { latchwork, store } = await startWith(t, open)
      const { key, secret } = await make(latchwork, await newAccount(latchwork))
      assert.equal((await setRotation(latchwork, key.id, everyHour)).status, 200)
      for (const round of [1, 2]) {
        latchwork.advance(HOUR * 1000)
        await look(latchwork)
        const delivered = store.keyAt('billing') ?? assert.fail('nothing was delivered')
        assert.equal(await use(latchwork, delivered), 'VALID')
        assert.notEqual(delivered, secret)
        if (!name.includes('1') && name !== 'kubernetes') assert.equal(store.writings('billing'), round)
      }
      for (const line of latchwork.log) assert.doesNotMatch(line, /hvs\.a-token|wJalrXUtnFEMI/)
    })

    it(`K19: ${name}: away, the old key stays good, people are told, and the very same key is delivered when it is back`, async (t) => {
      const { latchwork, store } = await startWith(t, open)
      const { key, secret } = await make(latchwork, await newAccount(latchwork))
      await setRotation(latchwork, key.id, everyHour)
      store.peer.mood = 'away'
      latchwork.advance(HOUR * 1000)
      await look(latchwork)
      const successor = await rotated(latchwork, key.id)
      for (let attempt = 2; attempt <= 4; attempt++) {
        await look(latchwork)
        assert.equal((await showRotation(latchwork, key.id)).body.failures, attempt - 1, 'not before its time')
        latchwork.advance(2 ** (attempt - 2) * 10_000)
        await look(latchwork)
      }
      const { body } = await showRotation(latchwork, key.id)
      assert.deepEqual([body.state, body.failures, body.successorId], ['delivering', 4, successor])
      latchwork.advance(20 * HOUR * 1000)
      assert.equal(await use(latchwork, secret), 'VALID', 'however long it takes')
      assert.equal((await eventsOf(latchwork, successor)).filter((type) => type === 'key.rotation_failed').length, 4)
      store.peer.mood = 'works'
      await look(latchwork)
      const delivered = store.keyAt('billing') ?? assert.fail('nothing was delivered')
      assert.equal(await use(latchwork, delivered), 'VALID')
      assert.deepEqual((await showRotation(latchwork, successor)).body.failures, 0)
      assert.equal((await read(latchwork, key.id)).replacedBy, successor, 'no other was made')
    })

    it(`K19: ${name}: an answer that is lost is no second key: the same one is written again, and that changes nothing`, async (t) => {
      const { latchwork, store } = await startWith(t, open)
      const { key } = await make(latchwork, await newAccount(latchwork))
      await setRotation(latchwork, key.id, everyHour)
      store.peer.mood = 'loses'
      const first = await runRotation(latchwork, key.id)
      assert.equal(first.status, 202, JSON.stringify(first.body))
      const second = ['vault, version 2', 'AWS Secrets Manager'].includes(name) ? await again(latchwork, store, key.id) : store.keyAt('billing')
      const arrived = second ?? assert.fail('nothing arrived')
      assert.equal(await use(latchwork, arrived), 'VALID', 'what arrived is good')
      store.peer.mood = 'works'
      latchwork.advance(MINUTE)
      await look(latchwork)
      assert.equal(store.keyAt('billing'), arrived)
      assert.equal(store.writings('billing'), 1)
      const { items } = (await asRoot(latchwork, 'GET', `/v1/keys?accountId=${key.accountId}`)).body
      assert.equal(items.length, 2)
    })

    it(`K19: ${name}: a wrong credential is refused by the store and told in public words; the undelivered key ends with its rotation`, async (t) => {
      const { latchwork, store } = await startWith(t, async (test, now) => {
        const opened = await open(test, now)
        const wrong = { file: secretFile(test, 'wrong-credential-of-this-target-0123456789') }
        const [member = ''] = ['token', 'secretAccessKey', 'secret'].filter((candidate) => candidate in opened.target)
        return { ...opened, target: { ...opened.target, [member]: wrong } }
      })
      const { key, secret } = await make(latchwork, await newAccount(latchwork), { credits: { remaining: 3 } })
      await setRotation(latchwork, key.id, everyHour)
      const run = await runRotation(latchwork, key.id)
      assert.equal(run.status, 202)
      for (let spent = 0; spent < 2; spent++) assert.equal(await use(latchwork, secret), 'VALID')
      assert.match(run.body.note, /answered 4\d\d/)
      assert.doesNotMatch(JSON.stringify(run.body), /wrong-credential|sk_live_lw/)
      const successor = await rotated(latchwork, key.id)
      assert.equal((await asRoot(latchwork, 'DELETE', `/v1/keys/${key.id}/rotation`)).status, 204)
      const [old, gone] = [await read(latchwork, key.id), await read(latchwork, successor)]
      assert.deepEqual([old.isPrimary, old.replacedBy, old.endsAfterFirstUseSeconds], [true, undefined, undefined], 'as if nothing had been')
      assert.ok(Date.parse(gone.expiresAt) <= latchwork.now())
      assert.deepEqual([await use(latchwork, secret), await use(latchwork, secret)], ['VALID', 'CREDITS_EXHAUSTED'], 'and its purse is as full as it was')
      assert.equal(store.keyAt('billing'), undefined)
    })
  }

  it('K19: a key that may have arrived is not ended when its rotation is removed: both stay good', async (t) => {
    const { latchwork, store } = await startWith(t, stores['webhook'] ?? assert.fail())
    const { key, secret } = await make(latchwork, await newAccount(latchwork))
    await setRotation(latchwork, key.id, everyHour)
    store.peer.mood = 'loses'
    await runRotation(latchwork, key.id)
    await asRoot(latchwork, 'DELETE', `/v1/keys/${key.id}/rotation`)
    assert.equal(await use(latchwork, store.keyAt('billing') ?? ''), 'VALID')
    assert.equal(await use(latchwork, secret), 'VALID')
  })

  it('K19: a token that an agent renewed is read anew at the next delivery', async (t) => {
    let good = 'first-token'
    const file = secretFile(t, good)
    const { latchwork, store } = await startWith(t, async (test) => {
      const peer = await startKubernetes(test, () => good, 'apps')
      const target = { kind: 'kubernetes', url: peer.url, namespace: 'apps', token: { file }, caFile: peer.caFile }
      return { peer, target, keyAt: (path) => peer.secrets.get(`latchwork-${path}`)?.data.apiKey, writings: () => 0 }
    })
    const { key } = await make(latchwork, await newAccount(latchwork))
    await setRotation(latchwork, key.id, everyHour)
    good = 'second-token'
    assert.match((await runRotation(latchwork, key.id)).body.note, /answered 401/)
    writeFileSync(file, good)
    latchwork.advance(MINUTE)
    await look(latchwork)
    assert.ok(store.keyAt('billing'))
  })

  it('K19: a version that somebody else wrote to the vault meanwhile is not overwritten unseen', async (t) => {
    const { latchwork, store } = await startWith(t, async (test) => {
      let reads = 0
      const peer = await startPeer(test, ({ method }) => {
        if (method === 'GET') return { status: 200, body: { data: { data: { other: 'thing' }, metadata: { version: ++reads } } } }
        return { status: 400, body: { errors: ['check-and-set parameter did not match the current version'] } }
      })
      const target = { kind: 'vault', url: peer.url, token: { file: secretFile(test, TOKEN) }, caFile: peer.caFile }
      return { peer, target, keyAt: () => undefined, writings: () => 0 }
    })
    const { key } = await make(latchwork, await newAccount(latchwork))
    await setRotation(latchwork, key.id, everyHour)
    assert.match((await runRotation(latchwork, key.id)).body.note, /answered 400 \(another version/)
    assert.deepEqual(JSON.parse(store.peer.asked.at(-1)?.body ?? '').options, { cas: 1 })
  })

  it('K19: what the operator did not allow is not reached, and a certificate of another authority is not believed', async (t) => {
    const peer = await startVault(t, TOKEN)
    const other = await startVault(t, TOKEN)
    const target = { kind: 'vault', url: peer.url, token: { file: secretFile(t, TOKEN) } }
    for (const [allow, caFile, note] of [
      [[], peer.caFile, /outbound\.allow/],
      [[peer.host], other.caFile, /not reached: (DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/],
    ] as const) {
      const latchwork = await startLatchwork(t, { config: { deliveryTargets: [{ name: 'store', ...target, caFile }], outbound: { allow } } })
      const { key } = await make(latchwork, await newAccount(latchwork))
      await setRotation(latchwork, key.id, everyHour)
      assert.match((await runRotation(latchwork, key.id)).body.note, note)
      await latchwork.stop()
    }
    assert.equal(peer.asked.length, 0, 'nothing was sent')
  })
})

/** These are asked twice: what lies there, or to write what turns out not to be there. The answer to the second is lost. */
async function again(latchwork: Latchwork, store: Store, keyId: string): Promise<string | undefined> {
  const { asked } = store.peer
  const before = asked.length
  Object.defineProperty(store.peer, 'mood', { configurable: true, get: () => (asked.length > before ? 'loses' : 'works'), set: () => {} })
  latchwork.advance(MINUTE)
  await look(latchwork)
  assert.equal((await showRotation(latchwork, keyId)).body.failures, 2)
  Object.defineProperty(store.peer, 'mood', { configurable: true, writable: true, value: 'works' })
  return store.keyAt('billing')
}
