import assert from 'node:assert/strict'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { isProblem, sendKept, sendRaw } from '../kit/raw-http.ts'
import { type Latchwork, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const HERE = ['127.0.0.1', '127.0.0.2'] as const

/** On a machine on which `localhost` has these addresses; most have two of them. */
async function startAt(t: TestContext, addresses: readonly string[], wishes: Wishes = {}): Promise<Latchwork> {
  const lookup = t.mock.method(dns.promises, 'lookup', (async () => addresses.map((address) => ({ address, family: 4 }))) as never)
  syncBuiltinESMExports()
  const latchwork = await startLatchwork(t, wishes)
  lookup.mock.restore()
  syncBuiltinESMExports()
  return latchwork
}

const at = (address: string, { issuer }: Latchwork): Pick<Latchwork, 'issuer'> => ({ issuer: `http://${address}:${new URL(issuer).port}` })

function call({ rootKey }: Latchwork): string {
  const body = JSON.stringify({ credential: rootKey })
  const fields = ['Host: localhost', `Authorization: Bearer ${rootKey}`, 'Content-Type: application/json', `Content-Length: ${body.length}`]
  return ['POST /v1/verify HTTP/1.1', ...fields, '', body].join('\r\n')
}

describe('a server at all addresses of localhost', () => {
  it('R6: answers in the same way at each, what could not be read as HTTP, too', async (t) => {
    const latchwork = await startAt(t, HERE)
    for (const address of HERE) {
      assert.equal((await sendKept(at(address, latchwork), call(latchwork))).body.record.alive, true)
      await isProblem(latchwork, await sendRaw(at(address, latchwork), 'no HTTP\r\n\r\n'), 400, 'request_malformed')
    }
  })

  it('closes the connections of all, those that are kept for further calls, too', async (t) => {
    const latchwork = await startAt(t, HERE)
    const kept = HERE.map((address) => connect(Number(new URL(latchwork.issuer).port), address))
    for (const socket of kept) {
      t.after(() => socket.destroy())
      socket.write(call(latchwork))
      await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject))
    }
    const stopped = latchwork.stop()
    await until(() => kept.every(({ closed }) => closed), 'both are closed')
    await stopped
    for (const address of HERE) await assert.rejects(sendKept(at(address, latchwork), call(latchwork)), { code: 'ECONNREFUSED' })
  })

  it('starts where one of them cannot be had, and says so', async (t) => {
    const latchwork = await startAt(t, ['127.0.0.1', '192.0.2.1'])
    assert.equal((await sendKept(at('127.0.0.1', latchwork), call(latchwork))).status, 200)
    assert.ok(latchwork.log.some((line) => JSON.parse(line).msg.includes('not at every address of localhost: listen EADDRNOTAVAIL')))
  })

  it('warns where something else listens at one of them: callers would reach it in place of the server', async (t) => {
    const other = createServer()
    t.after(() => other.close())
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.2', resolve))
    const latchwork = await startAt(t, HERE, { port: (other.address() as AddressInfo).port })
    assert.equal((await sendKept(at('127.0.0.1', latchwork), call(latchwork))).status, 200)
    assert.ok(latchwork.log.map((line) => JSON.parse(line)).some(({ level, msg }) => level === 40 && /something else listens .*EADDRINUSE/.test(msg)))
  })
})
