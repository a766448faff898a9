import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachEngine } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'
import { asRoot, DAY, make, newAccount, newPerson, read, works } from './calls.ts'

onEachEngine('calls that act once, and members', (rigOf) => {
  it('R1 15.2: 100 calls with one Idempotency-Key at once make one key; its secret is told once', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const body = { accountId, name: 'x', kind: 'rk' }
    const send = (key: string, sent: object = body) => asRoot(latchwork, 'POST', '/v1/keys', sent, { 'idempotency-key': key })
    const answers = await Promise.all(Array.from({ length: 100 }, () => send('call-1')))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
    const first = answers.filter((answer) => answer.body.secret !== undefined)
    assert.equal(first.length, 1)
    for (const answer of answers) {
      assert.deepEqual(answer.body.key, first[0]?.body.key)
      assert.equal(answer.headers.get('idempotency-replayed'), answer.body.secret === undefined ? 'true' : null)
    }
    assert.equal((await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}`)).body.items.length, 1)
    refuses(await send('call-1', { ...body, name: 'y' }), 409, 'idempotency_key_reused')
    refuses(await send('with space'), 400, 'request_malformed', /Idempotency-Key/)
    refuses(await send('x'.repeat(256)), 400, 'request_malformed')
    assert.equal((await send('call-2')).body.secret.length, 60)
  })

  it('R1: a refused call is not remembered; a call is forgotten after a day; another root key has names of its own', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const [first] = [await make(latchwork, accountId), await make(latchwork, accountId)]
    const send = (bearer = latchwork.rootKey) =>
      latchwork.call('POST', '/v1/keys', { bearer, body: { accountId, name: 'third' }, headers: { 'idempotency-key': 'third' } })
    refuses(await send(), 409, 'key_slots_taken', new RegExp(first.key.id))
    await asRoot(latchwork, 'DELETE', `/v1/keys/${first.key.id}`)
    const made = await send()
    assert.equal(made.status, 201)
    const { secret } = (await asRoot(latchwork, 'POST', '/v1/root-keys', { name: 'other', scopes: ['keys:write'] })).body
    refuses(await send(secret), 409, 'key_slots_taken')
    latchwork.advance(DAY + 1000)
    refuses(await send(), 409, 'key_slots_taken')
    const brief = { accountId, name: 'brief', kind: 'rk', expiresAt: new Date(latchwork.now() + 60_000).toISOString() }
    const make60 = () => asRoot(latchwork, 'POST', '/v1/keys', brief, { 'idempotency-key': 'brief' })
    const original = await make60()
    latchwork.advance(120_000)
    const late = await make60()
    assert.deepEqual(
      [late.status, late.body.key.id, late.headers.get('idempotency-replayed')],
      [201, original.body.key.id, 'true'],
      'also once its end has passed',
    )
  })

  it('R1: a roll and an import that are repeated answer as before', async () => {
    const latchwork = rigOf()
    const { key } = await make(latchwork, await newAccount(latchwork), { kind: 'rk' })
    const roll = () => asRoot(latchwork, 'POST', `/v1/keys/${key.id}/roll`, {}, { 'idempotency-key': 'roll-1' })
    const [first, second] = [await roll(), await roll()]
    assert.deepEqual([first.status, second.status, second.body.secret], [201, 201, undefined])
    assert.deepEqual(second.body.key, first.body.key)
    const keys = [{ digest: 'b'.repeat(64), accountId: key.accountId, name: 'old' }]
    const bring = () => asRoot(latchwork, 'POST', '/v1/keys/import', { keys }, { 'idempotency-key': 'import-1' })
    const [brought, again] = [await bring(), await bring()]
    assert.deepEqual(again.body, brought.body)
    assert.deepEqual(
      [brought, again].map(({ headers }) => headers.get('idempotency-replayed')),
      [null, 'true'],
    )
    await asRoot(latchwork, 'DELETE', `/v1/keys/${(await bring()).body.keys[0].id}`)
  })

  it('K14 E1: everything a member made is listed, and revoked in one call; nothing else is', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const [leaver, stayer] = [await newPerson(latchwork), await newPerson(latchwork)]
    for (const { userId } of [leaver, stayer]) await asRoot(latchwork, 'POST', `/v1/accounts/${accountId}/members`, { userId })
    const made = [
      await make(latchwork, accountId, { userId: leaver.userId }),
      await make(latchwork, accountId, { userId: leaver.userId, kind: 'rk', environment: 'test' }),
      await make(latchwork, accountId, { userId: leaver.userId, kind: 'pat' }),
    ]
    const others = [await make(latchwork, accountId, { userId: stayer.userId }), await make(latchwork, leaver.accountId, { userId: leaver.userId, kind: 'rk' })]
    const at = `/v1/accounts/${accountId}/members/${leaver.userId}/keys`
    const ids = (keys: readonly { readonly id: string }[]) => keys.map(({ id }) => id).sort()
    assert.deepEqual(ids((await asRoot(latchwork, 'GET', at)).body.items), ids(made.map(({ key }) => key)))
    assert.equal((await asRoot(latchwork, 'DELETE', `/v1/accounts/${accountId}/members/${leaver.userId}`)).status, 204)
    const ended = await asRoot(latchwork, 'POST', `${at}/end`)
    assert.equal(ended.status, 200, JSON.stringify(ended.body))
    assert.deepEqual(ids(ended.body.revoked), ids(made.slice(0, 2).map(({ key }) => key)), 'the token has ended with the membership')
    for (const { secret } of made) assert.equal(await works(latchwork, secret), false)
    for (const { secret } of others) assert.equal(await works(latchwork, secret), true)
    assert.equal((await read(latchwork, others[0]?.key.id)).isPrimary, true, 'one of those left is primary')
    assert.deepEqual((await asRoot(latchwork, 'POST', `${at}/end`)).body.revoked, [])
    const told = (await asRoot(latchwork, 'GET', `/v1/events?type=key.created&userId=${leaver.userId}`)).body.items
    assert.deepEqual(
      told.map(({ credentialId }: { credentialId: string }) => credentialId).sort(),
      ids([...made, others[1] ?? assert.fail()].map(({ key }) => key)),
      'the log tells on whose behalf a key was made',
    )
  })

  it('K14: or rolled, all or none, and without tokens', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { userId } = await newPerson(latchwork)
    await asRoot(latchwork, 'POST', `/v1/accounts/${accountId}/members`, { userId })
    const made = [await make(latchwork, accountId, { userId }), await make(latchwork, accountId, { userId, kind: 'rk' })]
    const token = await make(latchwork, accountId, { userId, kind: 'pat' })
    const at = `/v1/accounts/${accountId}/members/${userId}/keys/roll`
    const blocker = await make(latchwork, accountId)
    refuses(await asRoot(latchwork, 'POST', at, {}), 409, 'key_slots_taken', new RegExp(blocker.key.id))
    for (const { key } of made) assert.equal((await read(latchwork, key.id)).replacedBy, undefined)
    const rollAll = () => asRoot(latchwork, 'POST', at, { overlapSeconds: 0 }, { 'idempotency-key': 'roll-all' })
    const { status, body } = await rollAll()
    assert.equal(status, 201, JSON.stringify(body))
    const again = await rollAll()
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true'])
    const ids = (answer: typeof body) => answer.rolled.map(({ key }: { readonly key: { readonly id: string } }) => key.id)
    assert.deepEqual(ids(again.body), ids(body))
    refuses(await asRoot(latchwork, 'POST', at, { overlapSeconds: 60 }, { 'idempotency-key': 'roll-all' }), 409, 'idempotency_key_reused')
    assert.equal(body.rolled.length, 2)
    for (const { key, replaced } of body.rolled)
      assert.deepEqual([(await read(latchwork, key.id)).isPrimary, (await read(latchwork, replaced.id)).isPrimary], [key.isPrimary, replaced.isPrimary])
    for (const { secret } of made) assert.equal(await works(latchwork, secret), false)
    for (const { secret } of body.rolled) assert.equal(await works(latchwork, secret), true)
    assert.equal(await works(latchwork, token.secret), true)
  })
})
