/** Changes that act once, however often they are sent: of keys, and of all else that the management API changes. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { onEachEngine } from '../kit/shared.ts'
import { type Answer, API, refuses } from '../kit/start-latchwork.ts'
import { filesIn, folderFor, runRotation, setRotation } from '../rotation/rotating.ts'
import { asRoot, eventsOf, HOUR, make, newAccount, newPerson, read, works } from './calls.ts'

const folders: (() => void)[] = []
const folder = folderFor({ after: (end: () => void) => void folders.push(end) })
process.on('exit', () => {
  for (const end of folders) end()
})

const isReplayed = (answer: Answer): boolean => answer.headers.get('idempotency-replayed') === 'true'
let names = 0

onEachEngine(
  'changes that act once',
  (rigOf, engine) => {
    /** The same call again and again, under one name. */
    const named = (method: string, path: string, body?: unknown) => {
      const name = `change-${++names}`
      return (other: unknown = body) => asRoot(rigOf(), method, path, other, { 'idempotency-key': name })
    }

    it('R1 K6: of 50 ends of one key with one Idempotency-Key all are answered alike, and one ends it; without one, the second is refused', async () => {
      const rig = rigOf()
      const { key, secret } = await make(rig, await newAccount(rig))
      const end = named('POST', `/v1/keys/${key.id}/end`, {})
      const answers = await Promise.all(Array.from({ length: 50 }, () => end()))
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      assert.equal(answers.filter((answer) => !isReplayed(answer)).length, 1)
      for (const { body } of answers) assert.deepEqual(body, answers[0]?.body)
      assert.equal(await works(rig, secret), false)
      assert.deepEqual(await eventsOf(rig, key.id), ['key.created', 'key.ended'])
      rig.advance(HOUR)
      assert.deepEqual((await end()).body, answers[0]?.body, 'also later')
      refuses(await end({ at: new Date(rig.now() + HOUR).toISOString() }), 409, 'idempotency_key_reused')
      refuses(await asRoot(rig, 'POST', `/v1/keys/${key.id}/end`, {}), 409, 'key_ended')
    })

    it('R1 K6: an end that was moved is moved once, and comes back by no repeated call', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await newAccount(rig), { kind: 'rk' })
      assert.equal((await asRoot(rig, 'POST', `/v1/keys/${key.id}/roll`, { overlapSeconds: 60 })).status, 201)
      const at = new Date(rig.now() + 48 * HOUR).toISOString()
      const extend = named('POST', `/v1/keys/${key.id}/end`, { at })
      const first = await extend()
      assert.deepEqual([first.status, first.body.expiresAt], [200, at])
      const sooner = new Date(rig.now() + HOUR).toISOString()
      assert.equal((await asRoot(rig, 'POST', `/v1/keys/${key.id}/end`, { at: sooner })).status, 200)
      const again = await extend()
      assert.deepEqual([again.status, isReplayed(again), again.body.expiresAt], [200, true, at])
      assert.equal((await read(rig, key.id)).expiresAt, sooner)
    })

    it('R1: a change of a key that is repeated answers as before and takes back nothing that came after it', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await newAccount(rig), { kind: 'rk' })
      const change = named('PATCH', `/v1/keys/${key.id}`, { enabled: false, name: 'stopped' })
      const first = await change()
      assert.deepEqual([first.status, first.body.name, isReplayed(first)], [200, 'stopped', false])
      assert.equal((await asRoot(rig, 'PATCH', `/v1/keys/${key.id}`, { enabled: true, name: 'going on' })).status, 200)
      const again = await change()
      assert.deepEqual([again.status, isReplayed(again)], [200, true])
      assert.deepEqual(again.body, first.body)
      const { name, disabledAt } = await read(rig, key.id)
      assert.deepEqual([name, disabledAt], ['going on', undefined])
      refuses(await change({ name: 'other' }), 409, 'idempotency_key_reused')
      const asItIs = named('PATCH', `/v1/keys/${key.id}`, { enabled: true })
      assert.equal((await asItIs()).status, 200)
      assert.equal((await asRoot(rig, 'PATCH', `/v1/keys/${key.id}`, { enabled: false })).status, 200)
      assert.equal(isReplayed(await asItIs()), true)
      assert.notEqual((await read(rig, key.id)).disabledAt, undefined, 'also where the first changed nothing')
      assert.deepEqual(await eventsOf(rig, key.id), ['key.created', 'key.changed', 'key.disabled', 'key.changed', 'key.enabled', 'key.disabled'])
    })

    it('R1: a change that was refused is not remembered, and one that was made is answered when it could no longer be', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await newAccount(rig), { kind: 'rk' })
      const expiresAt = new Date(rig.now() + HOUR).toISOString()
      const shorten = named('PATCH', `/v1/keys/${key.id}`, { expiresAt })
      assert.equal((await shorten()).status, 200)
      rig.advance(2 * HOUR)
      const late = await shorten()
      assert.deepEqual([late.status, late.body.expiresAt, isReplayed(late)], [200, expiresAt, true])
      const other = named('PATCH', `/v1/keys/${key.id}`, { name: 'late' })
      refuses(await other(), 409, 'key_ended')
      refuses(await other({ name: 'later' }), 409, 'key_ended')
    })

    it('R1 K14: the keys of a member are ended once, and the answer names them again', async () => {
      const rig = rigOf()
      const accountId = await newAccount(rig)
      const { userId } = await newPerson(rig)
      const join = named('POST', `/v1/accounts/${accountId}/members`, { userId })
      assert.equal((await join()).status, 201)
      const { key } = await make(rig, accountId, { userId })
      const endAll = named('POST', `/v1/accounts/${accountId}/members/${userId}/keys/end`)
      const first = await endAll()
      assert.deepEqual([first.status, first.body.revoked.map(({ id }: { readonly id: string }) => id)], [200, [key.id]])
      const later = await make(rig, accountId, { userId })
      const again = await endAll()
      assert.deepEqual([again.status, again.body, isReplayed(again)], [200, first.body, true])
      assert.equal(await works(rig, later.secret), true)
      assert.equal((await asRoot(rig, 'DELETE', `/v1/accounts/${accountId}/members/${userId}`)).status, 204)
      assert.deepEqual([(await join()).status, isReplayed(await join())], [201, true])
      assert.equal((await asRoot(rig, 'GET', `/v1/accounts/${accountId}/members`)).body.items.length, 0, 'who left has not joined again')
    })

    it('R1: accounts and people are stopped, let go on and renamed once', async () => {
      const rig = rigOf()
      const accountId = await newAccount(rig)
      const { userId } = await newPerson(rig)
      for (const at of [`/v1/accounts/${accountId}`, `/v1/people/${userId}`]) {
        const [disable, enable] = [named('POST', `${at}/disable`), named('POST', `${at}/enable`)]
        for (const call of [disable, enable, disable, enable, disable]) assert.equal((await call()).status, 204)
        assert.equal((await asRoot(rig, 'GET', at)).body.disabledAt, undefined, 'the second pair changed nothing')
        const rename = named('PATCH', at, { name: 'First' })
        const first = await rename()
        assert.equal((await asRoot(rig, 'PATCH', at, { name: 'Second' })).status, 200)
        const again = await rename()
        assert.deepEqual([again.status, again.body, isReplayed(again)], [200, first.body, true])
        assert.equal((await asRoot(rig, 'GET', at)).body.name, 'Second')
        const gone = named('POST', `${at.slice(0, -4)}none/disable`)
        refuses(await gone(), 404, 'not_found')
        refuses(await gone(), 404, 'not_found')
      }
    })

    it('R1 O15: an initial access token is made once, and its secret is told once', async () => {
      const body = { name: 'partners' }
      const call = named('POST', '/v1/initial-access-tokens', body)
      const answers = await Promise.all(Array.from({ length: 20 }, () => call()))
      assert.equal(answers.filter((answer) => answer.body.secret !== undefined).length, 1)
      assert.equal(new Set(answers.map((answer) => answer.body.token.id)).size, 1)
      assert.equal(answers.filter(isReplayed).length, 19)
    })

    it('R1 O13: a change of a client is made once; what it got a secret for, it gets none again', async () => {
      const rig = rigOf()
      const asked = {
        name: 'Job',
        redirectUris: [],
        grantTypes: ['client_credentials'],
        authenticationMethod: 'client_secret_basic',
        scopes: ['notes:read'],
        audiences: [API],
      }
      const made = await asRoot(rig, 'POST', '/v1/clients', asked)
      assert.equal(made.status, 201, JSON.stringify(made.body))
      const at = `/v1/clients/${made.body.client.id}`
      const change = named('PATCH', at, { name: 'First' })
      const first = await change()
      assert.equal(first.status, 200, JSON.stringify(first.body))
      assert.equal((await asRoot(rig, 'PATCH', at, { name: 'Second' })).status, 200)
      const again = await change()
      assert.deepEqual([again.status, again.body, isReplayed(again)], [200, first.body, true])
      assert.equal((await asRoot(rig, 'GET', at)).body.name, 'Second')
      assert.equal((await asRoot(rig, 'PATCH', at, { authenticationMethod: 'private_key_jwt', settings: { jwksUri: 'https://job.example/jwks' } })).status, 200)
      const back = named('PATCH', at, { authenticationMethod: 'client_secret_basic', settings: { jwksUri: null } })
      assert.equal(typeof (await back()).body.secret, 'string')
      const replayed = await back()
      assert.deepEqual([replayed.status, replayed.body.secret, isReplayed(replayed)], [200, undefined, true])
    })

    it('R1 K19: a rotation that is asked for again is the one that was made, delivered or not', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await newAccount(rig))
      const place = `${engine}-run`
      assert.equal((await setRotation(rig, key.id, { everySeconds: 3600, overlapSeconds: 600, target: 'disk', path: `${place}/key` })).status, 200)
      const run = named('POST', `/v1/keys/${key.id}/rotation/run`)
      const first = await run()
      assert.deepEqual([first.status, first.body.outcome], [200, 'delivered'], JSON.stringify(first.body))
      const again = await run()
      assert.deepEqual([again.status, again.body, isReplayed(again)], [200, first.body, true])
      refuses(await runRotation(rig, key.id), 409, 'key_already_rolled')
      const { successorId } = first.body
      assert.equal((await read(rig, successorId)).replacedBy, undefined)
      refuses(await asRoot(rig, 'POST', `/v1/keys/${key.id}/end`, {}, { 'idempotency-key': `change-${names}` }), 409, 'idempotency_key_reused')
    })

    it('R1 K19: a rotation whose delivery failed is told of as it stands, and no other is begun', async () => {
      const rig = rigOf()
      const { key } = await make(rig, await newAccount(rig), { kind: 'rk' })
      const path = `${engine}-blocked/key`
      mkdirSync(join(folder, path), { recursive: true }) // a folder stands where the file is to be
      assert.equal((await setRotation(rig, key.id, { everySeconds: 3600, overlapSeconds: 600, target: 'disk', path })).status, 200)
      const run = named('POST', `/v1/keys/${key.id}/rotation/run`)
      const first = await run()
      assert.deepEqual([first.status, first.body.outcome], [202, 'failed'], JSON.stringify(first.body))
      const again = await run()
      assert.deepEqual([again.status, again.body, isReplayed(again)], [202, first.body, true])
      const pending = named('POST', `/v1/keys/${key.id}/rotation/run`)
      const second = await pending()
      assert.deepEqual([second.status, second.body.successorId], [202, first.body.successorId], 'another call goes on with what is there')
      assert.deepEqual([(await pending()).body, isReplayed(await pending())], [second.body, true])
      assert.equal((await read(rig, first.body.successorId)).replacedBy, undefined)
      assert.ok(existsSync(folder) && filesIn(join(folder, `${engine}-blocked`)).length === 0)
    })
  },
  { config: { deliveryTargets: [{ name: 'disk', kind: 'file', directory: folder }] } },
)
