import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onEachEngine } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'
import { asRoot, DAY, eventsOf, HOUR, make, newAccount, read, roll, works } from './calls.ts'

onEachEngine('rolling keys', (rigOf) => {
  it('K6: a roll makes a new primary of the same form and terms; the old key lives on for a day', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const old = await make(latchwork, accountId, {
      scopes: ['notes:read'],
      networks: ['10.0.0.0/8'],
      limits: [{ name: 'steady', count: 10, periodSeconds: 60 }],
      credits: { remaining: 7 },
      expiresAt: new Date(latchwork.now() + 30 * DAY).toISOString(),
    })
    const { status, body } = await roll(latchwork, old.key.id)
    assert.equal(status, 201, JSON.stringify(body))
    assert.match(body.secret, /^sk_live_lw_[0-9A-Za-z]{49}$/)
    assert.notEqual(body.secret, old.secret)
    for (const member of ['accountId', 'kind', 'environment', 'name', 'scopes', 'networks', 'limits', 'credits'])
      assert.deepEqual(body.key[member], old.key[member], member)
    assert.deepEqual([body.key.isPrimary, body.replaced.isPrimary, body.replaced.replacedBy], [true, false, body.key.id])
    const lifetime = Date.parse(body.key.expiresAt) - Date.parse(body.key.createdAt)
    assert.equal(lifetime, Date.parse(old.key.expiresAt) - Date.parse(old.key.createdAt), 'as long as the old one was made to live')
    const overlap = Date.parse(body.replaced.expiresAt) - Date.parse(body.key.createdAt)
    assert.equal(overlap, DAY)
    assert.deepEqual([await works(latchwork, old.secret), await works(latchwork, body.secret)], [true, true])
    assert.deepEqual(await eventsOf(latchwork, old.key.id), ['key.created', 'key.rolled'])
    assert.deepEqual(await eventsOf(latchwork, body.key.id), ['key.created'])
    assert.ok(!JSON.stringify(await read(latchwork, body.key.id)).includes(body.secret))
  })

  it('K6: an overlap of 0 ends the old key at once and frees its place; above 7 days is refused', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const first = await make(latchwork, accountId)
    await make(latchwork, accountId)
    refuses(await roll(latchwork, first.key.id, { overlapSeconds: 604_801 }), 400, 'request_malformed')
    refuses(await roll(latchwork, first.key.id, { overlapSeconds: -1 }), 400, 'request_malformed')
    const rolled = await roll(latchwork, first.key.id, { overlapSeconds: 0 })
    assert.equal(rolled.status, 201, 'the place of a key that ends in the act is free')
    assert.deepEqual([await works(latchwork, first.secret), await works(latchwork, rolled.body.secret)], [false, true])
  })

  it('K6: with both places taken a roll is refused with the id of the key to end, unless told to end it', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const [first, second] = [await make(latchwork, accountId), await make(latchwork, accountId)]
    refuses(await roll(latchwork, first.key.id), 409, 'key_slots_taken', new RegExp(second.key.id))
    assert.deepEqual([await works(latchwork, first.secret), await works(latchwork, second.secret)], [true, true], 'nothing was changed')
    assert.equal((await read(latchwork, first.key.id)).replacedBy, undefined)
    const other = await make(latchwork, await newAccount(latchwork))
    refuses(await roll(latchwork, first.key.id, { end: other.key.id }), 400, 'key_invalid', /does not stand in the way/)
    const [restricted, bystander] = [await make(latchwork, accountId, { kind: 'rk' }), await make(latchwork, accountId, { kind: 'rk' })]
    refuses(await roll(latchwork, restricted.key.id, { end: bystander.key.id }), 400, 'key_invalid', /does not stand in the way/)
    assert.equal(await works(latchwork, bystander.secret), true)
    const rolled = await roll(latchwork, first.key.id, { end: second.key.id })
    assert.equal(rolled.status, 201, JSON.stringify(rolled.body))
    assert.deepEqual(
      [
        await works(latchwork, first.secret),
        await works(latchwork, second.secret),
        await works(latchwork, rolled.body.secret),
        await works(latchwork, other.secret),
      ],
      [true, false, true, true],
    )
    assert.ok((await eventsOf(latchwork, second.key.id)).includes('key.ended'))
  })

  it('K6: a key is rolled once while its successor lives; one that has ended is not rolled', async () => {
    const latchwork = rigOf()
    const old = await make(latchwork, await newAccount(latchwork), { kind: 'rk' })
    const successor = (await roll(latchwork, old.key.id)).body
    refuses(await roll(latchwork, old.key.id), 409, 'key_already_rolled', new RegExp(successor.key.id))
    refuses(await roll(latchwork, successor.key.id), 409, 'key_slots_taken', new RegExp(old.key.id))
    assert.equal((await roll(latchwork, successor.key.id, { end: old.key.id })).status, 201)
    refuses(await roll(latchwork, old.key.id), 409, 'key_ended')
    refuses(await roll(latchwork, 'key_none'), 404, 'not_found')
  })

  it("K6: the old key's clock can start at the new key's first use", async () => {
    const latchwork = rigOf()
    const old = await make(latchwork, await newAccount(latchwork), { kind: 'rk' })
    const { body } = await roll(latchwork, old.key.id, { overlapSeconds: 3600, startsAtFirstUse: true })
    assert.deepEqual([body.replaced.expiresAt, body.replaced.endsAfterFirstUseSeconds], [undefined, 3600])
    latchwork.advance(10 * DAY)
    assert.equal(await works(latchwork, old.secret), true, 'nothing was used, so nothing ends')
    assert.equal(await works(latchwork, body.secret), true)
    assert.equal((await read(latchwork, old.key.id)).expiresAt, undefined, 'a look-up is no use')
    const use = () => asRoot(latchwork, 'POST', '/v1/keys/verify', { key: body.secret })
    assert.equal((await use()).body.code, 'VALID')
    const started = await until(async () => (await read(latchwork, old.key.id)).expiresAt)
    assert.ok(Math.abs(Date.parse(started) - latchwork.now() - HOUR) < 60_000)
    assert.deepEqual(await eventsOf(latchwork, old.key.id), ['key.created', 'key.rolled', 'key.overlap_started'])
    assert.equal((await use()).body.code, 'VALID')
    assert.equal((await read(latchwork, old.key.id)).expiresAt, started, 'a second use starts nothing anew')
    latchwork.advance(HOUR + 60_000)
    assert.deepEqual([await works(latchwork, old.secret), await works(latchwork, body.secret)], [false, true])
  })

  it('K6: an overlap is ended early, brought forward, and extended to 7 days at most, never beyond the key’s own expiry', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const at = (milliseconds: number) => ({ at: new Date(latchwork.now() + milliseconds).toISOString() })
    const end = (id: string, body: object) => asRoot(latchwork, 'POST', `/v1/keys/${id}/end`, body)
    const old = await make(latchwork, accountId, { kind: 'rk', expiresAt: at(5 * DAY).at })
    refuses(await end(old.key.id, at(HOUR)), 400, 'key_invalid', /was not rolled/)
    await roll(latchwork, old.key.id, { overlapSeconds: 60 })
    refuses(await end(old.key.id, at(7 * DAY + HOUR)), 400, 'key_invalid', /7 days/)
    refuses(await end(old.key.id, at(-HOUR)), 400, 'key_invalid')
    refuses(await end(old.key.id, { at: 'tomorrow' }), 400, 'request_malformed')
    assert.equal((await end(old.key.id, at(6 * DAY))).body.expiresAt, old.key.expiresAt)
    latchwork.advance(HOUR)
    assert.equal(await works(latchwork, old.secret), true, 'extended')
    assert.equal((await end(old.key.id, {})).status, 200)
    assert.equal(await works(latchwork, old.secret), false, 'ended early')
    refuses(await end(old.key.id, {}), 409, 'key_ended')
    refuses(await end('key_none', {}), 404, 'not_found')
  })

  it('K6 R1: 20 rolls of one key at once: one success, one primary', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const old = await make(latchwork, accountId)
    const answers = await Promise.all(Array.from({ length: 20 }, () => roll(latchwork, old.key.id)))
    const made = answers.filter(({ status }) => status === 201)
    assert.equal(made.length, 1)
    for (const answer of answers) if (answer.status !== 201) refuses(answer, 409, 'key_already_rolled')
    const { items } = (await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}`)).body
    assert.equal(items.length, 2)
    assert.deepEqual(
      items.filter(({ isPrimary }: { readonly isPrimary: boolean }) => isPrimary).map(({ id }: { readonly id: string }) => id),
      [made[0]?.body.key.id],
    )
  })

  it('K6: what was narrowed between two looks does not come back by a roll', async () => {
    const latchwork = rigOf()
    const old = await make(latchwork, await newAccount(latchwork), { kind: 'rk', scopes: ['notes:read', 'notes:write'] })
    const [narrowed, rolled] = await Promise.all([
      asRoot(latchwork, 'PATCH', `/v1/keys/${old.key.id}`, { scopes: ['notes:read'] }),
      roll(latchwork, old.key.id),
    ])
    assert.deepEqual([narrowed.status, rolled.status], [200, 201])
    const [before, after] = [await read(latchwork, old.key.id), await read(latchwork, rolled.body.key.id)]
    assert.deepEqual(before.scopes, ['notes:read'])
    const wasFirst = rolled.body.replaced.scopes.length === 1
    assert.deepEqual(after.scopes, wasFirst ? ['notes:read'] : ['notes:read', 'notes:write'])
  })

  it('K6: no caller is refused during a roll, under constant load from 8 callers', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    let current = (await make(latchwork, accountId)).secret
    let isOver = false
    const faults: unknown[] = []
    let calls = 0
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const text = current
        const headers = { authorization: `Bearer ${text}` }
        // Through the server's own verification: an API key is known there, and is not what opens this route.
        const { status, body } = await latchwork.call('GET', '/v1/keys', { headers })
        calls++
        const answered = await works(latchwork, text)
        if (status !== 401 || body.code !== 'credential_invalid' || !answered) faults.push({ status, body, answered })
      }
    }
    const callers = Array.from({ length: 8 }, caller)
    for (let turn = 0; turn < 6; turn++) {
      const { items } = (await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}&state=active`)).body
      const primary = items.find(({ isPrimary }: { readonly isPrimary: boolean }) => isPrimary)
      const other = items.find(({ id }: { readonly id: string }) => id !== primary.id)
      // Callers have long changed over to the primary key when the one before it ends.
      const before = calls
      await until(async () => calls > before + 16)
      const rolled = await roll(latchwork, primary.id, { startsAtFirstUse: turn % 2 === 0, ...(other === undefined ? {} : { end: other.id }) })
      assert.equal(rolled.status, 201, JSON.stringify(rolled.body))
      current = rolled.body.secret
    }
    isOver = true
    await Promise.all(callers)
    assert.deepEqual(faults, [])
    assert.ok(calls > 100)
  })
})

async function until<T>(found: () => Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 10_000
  for (;;) {
    const value = await found()
    if (value) return value as NonNullable<T>
    if (Date.now() > end) throw new Error('what was waited for did not come')
    await pause(5)
  }
}
