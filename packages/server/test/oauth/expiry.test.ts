/** What has expired leaves the store by itself, through a whole server. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { basic } from '../kit/authorize.ts'
import { register, signInDevice } from '../kit/front-end.ts'
import { onEachEngine, type Rig } from '../kit/shared.ts'
import { API } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const DAY = 86_400_000
const TABLES = ['access_tokens', 'refresh_tokens', 'grants', 'login_sessions'] as const

async function rowsIn({ query }: Rig): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const table of TABLES) counts[table] = Number((await query(`select count(*) as n from ${table}`))[0]?.['n'])
  return counts
}

/** Sign-ins that are refreshed, and tokens of a machine. */
async function use(rig: Rig, email: string, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    const device = await signInDevice(rig, email)
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
    const fields = { grant_type: 'client_credentials', scope: 'notes:read' }
    assert.equal((await rig.form('/token', fields, basic('machine', testSecret))).status, 200)
  }
}

onEachEngine('what has expired', (rigOf) => {
  it('R7: the store comes back to what lives, does not grow at constant use, and what lives still works', async () => {
    const rig = rigOf()
    const { expiryChores } = rig.server.installation
    const email = await register(rig)
    const nothing = { access_tokens: 0, refresh_tokens: 0, grants: 0, login_sessions: 0 }
    await use(rig, email, 8)
    const busy = await rowsIn(rig)
    assert.deepEqual([busy['access_tokens'], busy['grants'], busy['login_sessions']], [8, 8, 8])
    await expiryChores.run()
    assert.deepEqual(await rowsIn(rig), busy, 'nothing before its time')
    for (let month = 0; month < 3; month++) {
      rig.advance(200 * DAY)
      await use(rig, email, 8)
      await expiryChores.run()
      assert.deepEqual(await rowsIn(rig), busy, 'the same use leaves the same rows')
    }
    const device = await signInDevice(rig, email)
    rig.advance(200 * DAY)
    await Promise.all([expiryChores.run(), expiryChores.run()])
    await expiryChores.run()
    assert.deepEqual(await rowsIn(rig), nothing)
    assert.equal((await device.post('/v1/sessions/refresh')).body.code, 'refresh_unknown', 'what is gone is refused as what is unknown')
    await signInDevice(rig, email)
    assert.deepEqual(
      rig.log.filter((line) => JSON.parse(line).level >= 50),
      [],
    )
  })

  it('R7 J6: a refresh token that was used is still known for what it is as long as its family lives', async () => {
    const rig = rigOf()
    const device = await signInDevice(rig)
    const first = device.refreshToken()
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
    rig.advance(3 * DAY)
    await rig.server.installation.expiryChores.run()
    const replay = await fetch(`${rig.issuer}/v1/sessions/refresh`, { method: 'POST', headers: { cookie: `__Host-lw_refresh=${first}`, origin: rig.issuer } })
    assert.equal(((await replay.json()) as { readonly code: string }).code, 'refresh_replayed')
    assert.equal((await device.post('/v1/sessions/refresh')).body.code, 'refresh_unknown', 'the replay ended the family')
  })

  it('R7: a link that was used or expired is gone, and one that can be used stays', async () => {
    const rig = rigOf()
    const { expiryChores, store, clock } = rig.server.installation
    const links = async () => (await rig.query('select digest from one_time_links order by digest')).map(({ digest }) => digest)
    const [now, nothing] = [clock.now(), { events: [], revocations: [] }]
    await rig.query('delete from one_time_links')
    await rig.query(
      `insert into one_time_links (digest, purpose, created_at, expires_at, consumed_at) values ('used', 'first_operator', ${now}, ${now + DAY}, ${now})`,
    )
    await store.accounts.saveOneTimeLink({ digest: 'open', purpose: 'first_operator', createdAt: now, expiresAt: now + DAY }, nothing)
    await expiryChores.run()
    assert.deepEqual(await links(), ['open', 'used'], 'nothing before its time')
    rig.advance(DAY / 2)
    await expiryChores.run()
    assert.deepEqual(await links(), ['open'])
    rig.advance(DAY)
    await expiryChores.run()
    assert.deepEqual(await links(), [])
  })

  it('R7: a secret that was rolled leaves when its overlap is over, and the new one works', async () => {
    const rig = rigOf()
    const { expiryChores } = rig.server.installation
    const body = { name: 'Rolled', grantTypes: ['client_credentials'], scopes: ['notes:read'], audiences: [API] }
    const made = await rig.call('POST', '/v1/clients', { bearer: rig.rootKey, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { id } = made.body.client
    const rolled = await rig.call('POST', `/v1/clients/${id}/secrets/roll`, { bearer: rig.rootKey, body: { overlapSeconds: 60 } })
    assert.equal(rolled.status, 201, JSON.stringify(rolled.body))
    const secrets = async () => (await rig.query(`select digest from client_secrets where client_id = '${id}'`)).length
    await expiryChores.run()
    assert.equal(await secrets(), 2, 'nothing before its time')
    rig.advance(DAY)
    await expiryChores.run()
    assert.equal(await secrets(), 1)
    const status = async (secret: string) => (await rig.form('/token', { grant_type: 'client_credentials' }, basic(id, secret))).status
    assert.deepEqual([await status(made.body.secret), await status(rolled.body.secret)], [401, 200])
  })

  it('R7: a token that lets clients register leaves a month after its end', async () => {
    const rig = rigOf()
    const { expiryChores } = rig.server.installation
    const list = async () => (await rig.call('GET', '/v1/initial-access-tokens', { bearer: rig.rootKey })).body.items.length
    const made = await rig.call('POST', '/v1/initial-access-tokens', { bearer: rig.rootKey, body: { name: 'onboarding' } })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.equal((await rig.call('DELETE', `/v1/initial-access-tokens/${made.body.token.id}`, { bearer: rig.rootKey })).status, 204)
    rig.advance(29 * DAY)
    await expiryChores.run()
    assert.equal(await list(), 1)
    rig.advance(2 * DAY)
    await expiryChores.run()
    assert.equal(await list(), 0)
  })
})
