/** Clients of the configuration: brought in line at each start, and written only when something changed. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

describe('clients declared in the configuration', () => {
  it('E1 O13: a start that changes nothing writes nothing; one that changes something says so once', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const changes = async (config: Readonly<Record<string, unknown>> = {}): Promise<number> => {
      const latchwork = await startLatchwork(t, { data, config })
      const { body } = await latchwork.call('GET', '/v1/events?type=client.changed', { bearer: latchwork.rootKey })
      await latchwork.stop()
      return body.items.length
    }
    assert.equal(await changes(), 0)
    assert.equal(await changes(), 0)
    const renamed = { ...testClients.web, name: 'Acme Notes 2', secretDigests: [digestOf(testSecret)] }
    assert.equal(await changes({ clients: [renamed] }), 1)
    assert.equal(await changes({ clients: [renamed] }), 1)
  })
})
