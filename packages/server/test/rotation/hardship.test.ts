import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { createDatabase, engineNames, type TestDatabase } from '@latchwork/store/test-engines'
import { startProxy } from '@latchwork/store/test-proxy'
import { asRoot, make, newAccount } from '../keys/calls.ts'
import { describeOnPostgres } from '../kit/each-engine.ts'
import { freePort, startLatchwork } from '../kit/start-latchwork.ts'
import { testSecretKey } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'
import { type Peer, startPeer } from './peers.ts'
import { HOUR, look, rotated, runRotation, setRotation, use } from './rotating.ts'

const rootKey = mintToken('root_key').reveal()
const hooks = mkdtempSync(join(tmpdir(), 'latchwork-hook-'))
const hookFile = join(hooks, 'secret')
writeFileSync(hookFile, 'a signing secret of the receiver, long enough')
after(() => rmSync(hooks, { recursive: true }))

/** A receiver that is told before it takes a delivery, and after. */
interface Watched extends Peer {
  readonly taken: Map<string, string[]>
  onArrival: (moment: 'before' | 'after') => void | Promise<void>
}

async function startWatched(t: TestContext): Promise<Watched> {
  const taken = new Map<string, string[]>()
  const peer: Watched = Object.assign(
    await startPeer(t, async ({ body }) => {
      await watched.onArrival('before')
      const { path, secret } = JSON.parse(body)
      taken.set(path, [...(taken.get(path) ?? []), secret])
      await watched.onArrival('after')
      return { status: 200 }
    }),
    { taken, onArrival: () => {} },
  )
  const watched = peer
  return peer
}

const targetAt = (peer: Peer) => ({
  deliveryTargets: [{ name: 'hook', kind: 'webhook', url: peer.url, secret: { file: hookFile }, caFile: peer.caFile }],
  outbound: { allow: [peer.host] },
})

interface Process {
  readonly child: ChildProcess
  readonly call: (method: string, path: string, body?: object) => ReturnType<typeof ask>
  readonly look: () => Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any route
async function ask(port: number, method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: any }> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const headers = { authorization: `Bearer ${rootKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const response = await fetch(`http://localhost:${port}${path}`, { method, headers, ...json })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

async function startProcess(t: TestContext, database: TestDatabase, peer: Peer, ahead: number): Promise<Process> {
  const { options } = database
  const port = await freePort()
  const store = options.engine === 'sqlite' ? { data: join(options.path, '..') } : { database: { url: options.url } }
  const given = {
    issuer: `http://localhost:${port}`,
    http: { port, host: 'localhost' },
    demo: false,
    secretKey: testSecretKey,
    log: { level: 'fatal', format: 'json' },
    accounts: [{ id: 'acc_test', name: 'Test' }],
    rootKeys: [{ digest: digestOf(rootKey), name: 'test', scopes: ['*:*'] }],
    ...targetAt(peer),
    ...store,
  }
  const env = { ...process.env, LATCHWORK_TEST_ROTATING: JSON.stringify({ given, ahead }) }
  const child = fork(join(import.meta.dirname, 'rotating-process.ts'), { env, execArgv: [] })
  t.after(() => child.kill('SIGKILL'))
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => assert.fail('the server did not start'))])
  return {
    child,
    call: (method, path, body) => ask(port, method, path, body),
    async look() {
      const looked = once(child, 'message')
      child.send('look')
      await looked
    },
  }
}

describe('a rotation that is killed on the way', () => {
  for (const engine of engineNames)
    for (const moment of ['before', 'after'] as const)
      it(`R2 K19: by SIGKILL ${moment} the store took the key (${engine}): the next server delivers the very same key`, async (t) => {
        const database = await createDatabase(engine)
        t.after(() => database.drop())
        const peer = await startWatched(t)
        const first = await startProcess(t, database, peer, 0)
        const made = (await first.call('POST', '/v1/keys', { accountId: 'acc_test', name: 'rotated' })).body
        const rotation = { everySeconds: HOUR, overlapSeconds: 600, target: 'hook', path: 'billing' }
        assert.equal((await first.call('PUT', `/v1/keys/${made.key.id}/rotation`, rotation)).status, 200)
        const gone = once(first.child, 'exit')
        peer.onArrival = (now) => {
          if (now === moment) first.child.kill('SIGKILL')
        }
        await assert.rejects(first.call('POST', `/v1/keys/${made.key.id}/rotation/run`))
        await gone
        peer.onArrival = () => {}
        const second = await startProcess(t, database, peer, 120_000)
        assert.equal((await second.call('POST', '/v1/keys/verify', { key: made.secret })).body.code, 'VALID')
        await second.look()
        const taken = peer.taken.get('billing') ?? []
        assert.ok(taken.length >= 1)
        assert.equal(new Set(taken).size, 1, 'one key, however often it was delivered')
        assert.equal((await second.call('POST', '/v1/keys/verify', { key: taken[0] })).body.code, 'VALID')
        const { items } = (await second.call('GET', '/v1/keys?accountId=acc_test')).body
        assert.equal(items.length, 2)
        const { body } = await second.call('GET', `/v1/keys/${items[0].id}/rotation`)
        assert.deepEqual([body.state, body.failures, body.attempts.length], ['waiting', 0, 1])
      })
})

describeOnPostgres('rotation on three nodes', (start) => {
  it('R1 K19: 100 triggers at once, spread over three nodes, give one rotation', async (t) => {
    const peer = await startWatched(t)
    const config = targetAt(peer)
    const nodes = [await start(t, { config }), await start(t, { config }), await start(t, { config })] as const
    const { key } = await make(nodes[0], await newAccount(nodes[0]))
    await setRotation(nodes[0], key.id, { everySeconds: HOUR, target: 'hook', path: 'hundred' })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => runRotation(nodes[index % 3] ?? nodes[0], key.id)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.equal(answers.filter(({ status }) => status === 409).length, 99)
    assert.equal(peer.taken.get('hundred')?.length, 1)
  })

  it('R1 K19: while one node delivers, another node sends nothing and says so', async (t) => {
    const peer = await startWatched(t)
    const config = targetAt(peer)
    const [one, other] = [await start(t, { config }), await start(t, { config })]
    const { key } = await make(one, await newAccount(one))
    await setRotation(one, key.id, { everySeconds: HOUR, target: 'hook', path: 'leased' })
    let meanwhile: number | undefined
    peer.onArrival = async (moment) => {
      if (moment !== 'before' || meanwhile !== undefined) return
      meanwhile = 0
      await look(other)
      meanwhile = (await runRotation(other, key.id)).status
    }
    assert.equal((await runRotation(one, key.id)).status, 200)
    assert.equal(meanwhile, 409)
    assert.equal(peer.asked.length, 1)
  })

  it('R1 K19: three nodes that look at the same moment rotate a due key once', async (t) => {
    const peer = await startWatched(t)
    const config = targetAt(peer)
    const nodes = [await start(t, { config }), await start(t, { config }), await start(t, { config })] as const
    const accountId = await newAccount(nodes[0])
    const ids: string[] = []
    for (let index = 0; index < 8; index++) {
      const { key } = await make(nodes[0], accountId, { kind: 'rk' })
      ids.push(key.id)
      await setRotation(nodes[0], key.id, { everySeconds: HOUR, target: 'hook', path: `due/${index}` })
    }
    await look(nodes[0])
    for (const node of nodes) node.advance(HOUR * 1000)
    await Promise.all(nodes.map(look))
    for (const [index, id] of ids.entries()) {
      await rotated(nodes[0], id)
      assert.equal(peer.taken.get(`due/${index}`)?.length, 1)
    }
    assert.equal((await asRoot(nodes[0], 'GET', `/v1/keys?accountId=${accountId}&limit=100`)).body.items.length, 16)
  })
})

describe('rotation while the database is away', () => {
  it('R3 K19: 503 with Retry-After, nothing is changed, and what is due is rotated when it is back; also if it goes between delivery and note', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'postgres')
    const proxy = await startProxy(database.options.url)
    t.after(() => proxy.close())
    const peer = await startWatched(t)
    const latchwork = await startLatchwork(t, { postgres: proxy.url, waitSeconds: 2, config: targetAt(peer) })
    const { key, secret } = await make(latchwork, await newAccount(latchwork))
    await setRotation(latchwork, key.id, { everySeconds: HOUR, target: 'hook', path: 'outage' })
    await proxy.cut()
    const refused = await runRotation(latchwork, key.id)
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal(peer.asked.length, 0)
    await proxy.restore()
    await until(async () => (await asRoot(latchwork, 'GET', `/v1/keys/${key.id}`)).status === 200, 'the database is back')
    assert.deepEqual(await database.query('select id from api_keys where replaced_by is not null'), [])
    let cut: Promise<void> | undefined
    peer.onArrival = (moment) => {
      if (moment === 'after' && cut === undefined) cut = proxy.cut()
    }
    const lost = await runRotation(latchwork, key.id)
    assert.equal(lost.status, 503)
    await cut
    await proxy.restore()
    await until(async () => (await asRoot(latchwork, 'GET', `/v1/keys/${key.id}`)).status === 200, 'the database is back')
    assert.equal(await use(latchwork, peer.taken.get('outage')?.[0] ?? ''), 'VALID', 'what was delivered is good')
    assert.equal(await use(latchwork, secret), 'VALID')
    latchwork.advance(HOUR * 1000)
    await look(latchwork)
    const taken = peer.taken.get('outage') ?? []
    assert.deepEqual([taken.length, new Set(taken).size], [2, 1], 'the same key once more')
    const successor = await rotated(latchwork, key.id)
    assert.equal((await asRoot(latchwork, 'GET', `/v1/keys/${successor}/rotation`)).body.state, 'waiting')
  })
})
