/** More callers than connections to PostgreSQL, and a database that is slow: who waits too long is turned away, and has changed nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDatabase } from '@latchwork/store/test-engines'
import { API, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const SLOW_SECONDS = 1.8

describe('more callers than a slow database serves (postgres)', () => {
  it('R4 R1 O13: those that waited too long get 503 with Retry-After and changed nothing; one of the others wins', async (t) => {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const { url } = database.options
    const latchwork = await startLatchwork(t, { postgres: url, config: { database: { url, connections: 3, waitSeconds: 1 } } })
    t.after(() => database.drop())
    const { rootKey: bearer } = latchwork
    const asked = { name: 'Printer', grantTypes: ['client_credentials'], scopes: ['notes:read'], audiences: [API] }
    const { id } = (await latchwork.call('POST', '/v1/clients', { bearer, body: asked })).body.client
    const slow = database.query(`with held as (select id from clients where id = '${id}' for update) select pg_sleep(${SLOW_SECONDS}) from held`)
    const isHeld = `select 1 from pg_stat_activity where state = 'active' and query like 'with held as%' and wait_event = 'PgSleep'`
    await until(async () => (await database.query(isHeld)).length > 0, 'the client is held')
    const roll = () => latchwork.call('POST', `/v1/clients/${id}/secrets/roll`, { bearer, body: {} })
    const answers = await Promise.all(Array.from({ length: 50 }, roll))
    await slow
    const shed = answers.filter(({ status }) => status === 503)
    for (const { headers, body } of shed) {
      assert.equal(body.code, 'store_unavailable')
      assert.match(body.detail, /Nothing was changed/)
      assert.match(headers.get('retry-after') ?? '', /^\d+$/)
    }
    const served = answers.filter(({ status }) => status !== 503)
    assert.ok(shed.length > 0 && served.length > 0, `${shed.length} turned away, ${served.length} served`)
    assert.equal(served.filter(({ status }) => status === 201).length, 1)
    assert.ok(served.every(({ status, body }) => status === 201 || body.code === 'client_secrets_taken'))
    const { secrets } = (await latchwork.server.installation.store.oauth.findClient(id)) ?? assert.fail()
    assert.equal(secrets.length, 2)
    const { items } = (await latchwork.call('GET', `/v1/events?clientId=${id}&type=client.secret_rolled`, { bearer })).body
    assert.equal(items.length, 1)
  })
})
