/** The instrument itself: what it reads off the wire, and what it makes of what it measured. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { Bench, Contest, Contestant } from '../src/contest.ts'
import { openDriver } from '../src/load/drive.ts'
import { HttpConnection } from '../src/load/http-connection.ts'
import { requestText } from '../src/load/request.ts'
import { median, runContest } from '../src/measure.ts'

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('HttpConnection', () => {
  it('reads bodies of a known length, in chunks, empty, and in pieces, one after the other', async (t) => {
    const long = 'ü'.repeat(200_000)
    const origin = await serve(t, (request, response) => {
      if (request.url === '/length') response.writeHead(200, { 'content-length': 5 }).end('hello')
      else if (request.url === '/chunks') response.writeHead(201).write('one, ', () => response.end('two'))
      else if (request.url === '/empty') response.writeHead(204).end()
      else response.writeHead(200, { 'content-length': Buffer.byteLength(long) }).end(long)
    })
    const connection = new HttpConnection(origin)
    t.after(() => connection.close())
    const get = async (path: string) => {
      const { status, body } = await connection.send(requestText({ method: 'GET', origin, path }))
      return [status, body]
    }
    assert.deepEqual(await get('/length'), [200, 'hello'])
    assert.deepEqual(await get('/chunks'), [201, 'one, two'])
    assert.deepEqual(await get('/empty'), [204, ''])
    assert.deepEqual(await get('/long'), [200, long])
    assert.deepEqual(await get('/length'), [200, 'hello'])
  })

  it('opens anew after the server has closed, and fails when nobody answers', async (t) => {
    const origin = await serve(t, (_request, response) => response.writeHead(200, { connection: 'close', 'content-length': 2 }).end('ok'))
    const connection = new HttpConnection(origin)
    t.after(() => connection.close())
    const request = requestText({ method: 'GET', origin, path: '/' })
    assert.equal((await connection.send(request)).body, 'ok')
    assert.equal((await connection.send(request)).body, 'ok')
    const hangingUp = await serve(t, (incoming) => incoming.socket.destroy())
    await assert.rejects(new HttpConnection(hangingUp).send(request))
  })
})

describe('openDriver', () => {
  it('counts what was answered within the time, and ends the run at the first wrong answer', async (t) => {
    let answered = 0
    const origin = await serve(t, (_request, response) => {
      answered += 1
      response.end('ok')
    })
    const request = requestText({ method: 'GET', origin, path: '/' })
    const driver = await openDriver(origin, 3, async (connection) => async () => {
      await connection.send(request)
    })
    const sample = await driver.run(0.2)
    driver.close()
    assert.equal(sample.operations, answered)
    assert.ok(sample.operations > 3 && sample.perSecond > 10, JSON.stringify(sample))
    const failing = await openDriver(origin, 1, async () => async () => {
      throw new Error('a wrong answer')
    })
    await assert.rejects(failing.run(0.2), /a wrong answer/)
    failing.close()
  })
})

describe('runContest', () => {
  const bench: Bench = { folder: '', connections: 1, subject: () => Promise.reject(new Error('none')), atEnd: () => undefined }
  const contestant = (name: string, values: readonly number[]): Contestant => {
    const rest = [0, ...values] // the first is the warm-up
    return { name, close: () => undefined, measure: async () => ({ value: rest.shift() ?? Number.NaN }) }
  }
  const contest = (targets: Contest['targets']): Contest => ({
    name: 'trial',
    title: 'A trial',
    unit: '/s',
    targets,
    open: async () => ({ ours: contestant('Latchwork', [30, 10, 20]), peer: contestant('peer', [10, 10, 4]), limit: contestant('limit', [60, 10, 80]) }),
  })

  it('takes ratios within a round, and reports their median with the least and the greatest', async () => {
    const targets = [{ against: 'peer', atLeast: 3 } as const, { against: 'limit', atLeast: 0.6 } as const]
    const [peer, limit] = await runContest(contest(targets), bench, { rounds: 3, seconds: 1 })
    assert.deepEqual([peer?.ours, peer?.peerValue, peer?.limitValue, peer?.ratio, peer?.spread, peer?.met], [20, 10, 60, 3, [1, 5], true])
    assert.deepEqual([limit?.ratio, limit?.spread, limit?.met], [0.5, [0.25, 1], false])
  })

  it('judges our own value where the target speaks of it alone', async () => {
    const [row] = await runContest(contest([{ against: 'value', atMost: 15 }]), bench, { rounds: 3, seconds: 1 })
    assert.deepEqual([row?.ours, row?.ratio, row?.spread, row?.met, row?.target], [20, null, [10, 30], false, '≤ 15 /s'])
  })

  it('knows the median of an even number of values', () => {
    assert.equal(median([4, 1, 3, 2]), 2.5)
  })
})
