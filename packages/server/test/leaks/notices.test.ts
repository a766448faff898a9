import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it, type TestContext } from 'node:test'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { leaksIn } from '../kit/leaks.ts'
import { until } from '../kit/until.ts'
import { makeKey, report, settled } from './leaked.ts'

const secret = 'a secret of the alerts, of more than 32 characters'

async function startReceiver(t: TestContext): Promise<{ readonly port: number; readonly received: string[] }> {
  const received: string[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    received.push(Buffer.concat(parts).toString())
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, received }
}

describeOnEachEngine('the owner of a leaked key', (start) => {
  it('K15 14.5: is told by the channel of alerts, once, what leaked and what was done, and never the key', async (t) => {
    const { port, received } = await startReceiver(t)
    const latchwork = await start(t, {
      config: { outbound: { allow: [`127.0.0.1:${port}`] }, alerts: { webhook: { url: `http://127.0.0.1:${port}/alerts`, secret } } },
    })
    const key = await makeKey(latchwork)
    for (let count = 0; count < 3; count++) assert.equal((await report(latchwork, key.text, { url: 'https://example.com/paste/1' })).status, 202)
    await until(() => received.length > 0, 'the owner is told')
    await settled(latchwork)
    await latchwork.server.installation.keyUse.flush()
    const [told, ...more] = received
    assert.deepEqual(more, [])
    const { type, kind, message, key: about, data } = JSON.parse(told ?? '')
    assert.deepEqual([type, kind, message], ['key.leaked', 'leaked', 'Reported as leaked: it is revoked'])
    assert.deepEqual(about, { id: key.id, name: 'export', fingerprint: key.fingerprint, accountId: 'acc_test', environment: 'live' })
    assert.equal(data.url, 'https://example.com/paste/1')
    assert.deepEqual(leaksIn(received.join(), new Map([['key', key.text]])), [])
  })
})
