/** A disk that is full: a small file system of the server's own, in a name space that ends with it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { password, refreshCookie } from '../kit/front-end.ts'
import { freePort } from '../kit/start-latchwork.ts'
import { testSecretKey } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'

const IN_A_NAME_SPACE = ['--map-root-user', '--mount', 'sh', '-c']
const canMount = spawnSync('unshare', [...IN_A_NAME_SPACE, `mount -t tmpfs tmpfs '${tmpdir()}'`]).status === 0
const rootKey = mintToken('root_key').reveal()

interface Small {
  readonly call: (method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  /** Takes what is free on the disk. */
  readonly fill: () => void
  readonly free: () => void
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly cookie: string
  // biome-ignore lint/suspicious/noExplicitAny: answers of any route
  readonly body: any
}

/** A server whose database is alone on a disk of eight megabytes. */
async function startOnSmallDisk(t: TestContext): Promise<Small> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-full-'))
  const port = await freePort()
  const config = {
    issuer: `http://localhost:${port}`,
    http: { port, host: 'localhost' },
    data: folder,
    demo: false,
    secretKey: testSecretKey,
    log: { level: 'fatal', format: 'json' },
    accounts: [{ id: 'acc_test', name: 'Test' }],
    rootKeys: [{ digest: digestOf(rootKey), name: 'test', scopes: ['*:*'] }],
  }
  const program = `mount -t tmpfs -o size=8m tmpfs '${folder}' && exec '${process.execPath}' '${join(import.meta.dirname, 'server-process.ts')}'`
  const child: ChildProcess = spawn('unshare', [...IN_A_NAME_SPACE, program], {
    env: { ...process.env, LATCHWORK_TEST_CONFIG: JSON.stringify(config) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => assert.fail('the server did not start'))])
  const filler = `/proc/${child.pid}/root${folder}/filler`
  return {
    async call(method, path, body, headers = {}) {
      const json = body === undefined ? {} : { body: JSON.stringify(body) }
      const type: Readonly<Record<string, string>> = body === undefined ? {} : { 'content-type': 'application/json' }
      const response = await fetch(`${config.issuer}${path}`, { method, ...json, headers: { authorization: `Bearer ${rootKey}`, ...type, ...headers } })
      const text = await response.text()
      const cookie = response.headers.getSetCookie().join()
      return { status: response.status, retryAfter: response.headers.get('retry-after'), cookie, body: text === '' ? undefined : JSON.parse(text) }
    },
    fill() {
      for (let size = 1 << 16; size >= 1 << 10; ) {
        try {
          appendFileSync(filler, Buffer.alloc(size))
        } catch {
          size >>= 1
        }
      }
    },
    free: () => rmSync(filler),
  }
}

const newKey = { accountId: 'acc_test', kind: 'rk', name: 'x' }
const refreshTokenIn = (cookie: string): string => new RegExp(`${refreshCookie}=([^;]+)`).exec(cookie)?.[1] ?? ''

describe('the disk is full (sqlite)', { skip: !canMount && 'nothing can be mounted here' }, () => {
  it('R3 R2: what is there is verified, nothing is changed, and whoever watches is told; with room again all works by itself', async (t) => {
    const { call, fill, free } = await startOnSmallDisk(t)
    const { body: made } = await call('POST', '/v1/keys', newKey)
    const person = { email: 'ada@example.com', password }
    await call('POST', '/v1/sessions/sign-up', person)
    const token = refreshTokenIn((await call('POST', '/v1/sessions/sign-in', person)).cookie)
    const refresh = (of: string) => call('POST', '/v1/sessions/refresh', undefined, { cookie: `${refreshCookie}=${of}`, authorization: '' })
    assert.deepEqual((await call('GET', '/health/ready')).body, { status: 'ready', writes: 'working' })
    assert.equal((await call('GET', '/health/writable')).status, 200)

    fill()
    const answered = new Set([made.key.id])
    await until(async () => {
      const { status, retryAfter, body } = await call('POST', '/v1/keys', newKey) // what the log has taken of the disk before, it still has
      if (status === 201) answered.add(body.key.id)
      else assert.deepEqual([status, body.code, retryAfter !== null], [503, 'store_unavailable', true])
      return status === 503
    }, 'nothing is written')
    assert.equal((await refresh(token)).status, 503)
    await until(async () => (await call('GET', '/health/writable')).status === 503, 'told', 10_000)
    const ready = await call('GET', '/health/ready')
    assert.deepEqual([ready.status, ready.body], [200, { status: 'ready', writes: 'failing' }])
    assert.equal((await call('GET', '/health/live')).status, 200)
    const known = await call('POST', '/v1/verify', { credential: made.secret })
    assert.deepEqual([known.status, known.body.record?.alive], [200, true])
    assert.equal((await call('POST', '/v1/keys/verify', { key: made.secret })).body.code, 'VALID')

    free()
    await until(async () => (await call('GET', '/health/writable')).status === 200, 'writable again', 10_000)
    assert.deepEqual((await call('GET', '/health/ready')).body, { status: 'ready', writes: 'working' })
    assert.equal((await refresh(token)).status, 200, 'the refresh token was not used up')
    const { body: later } = await call('POST', '/v1/keys', newKey)
    answered.add(later.key.id)
    const { items } = (await call('GET', '/v1/keys?limit=100')).body
    assert.deepEqual(new Set(items.map(({ id }: { id: string }) => id)), answered, 'what was answered is there, and nothing else')
  })
})
