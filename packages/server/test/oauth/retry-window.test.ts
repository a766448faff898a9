/** The retry window of a client: a refresh token presented again gets the same successor, for a while, as long as that one is unused (design, decision 3). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { authorize, basic, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { API, type Latchwork, refuses, testClients } from '../kit/start-latchwork.ts'

const WINDOW_SECONDS = 60
const CALLBACK = testClients.web.redirectUris[0]

let people = 0
/** A client with that window, and the first tokens of a person at it. */
async function firstTokens(latchwork: Latchwork, retryWindowSeconds?: number) {
  const body = {
    name: 'Many processes',
    redirectUris: [CALLBACK],
    scopes: ['openid', 'offline_access', 'notes:read', 'notes:write'],
    audiences: [API],
    settings: retryWindowSeconds === undefined ? {} : { retryWindowSeconds },
  }
  const made = await latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const [id, headers] = [made.body.client.id as string, basic(made.body.client.id, made.body.secret)]
  const browser = await signUp(latchwork, { email: `retry-${++people}@example.com`, password: 'correct horse battery staple', name: 'A person' })
  const authorization = await authorize(latchwork, { client_id: id, scope: 'openid notes:read notes:write offline_access' }, browser)
  const first = await redeem(latchwork, authorization, {}, headers)
  assert.equal(first.status, 200, JSON.stringify(first.body))
  const use = (token: string, change: Readonly<Record<string, string>> = {}) => refresh(latchwork, token, change, headers)
  const endsOf = async () =>
    (await latchwork.call('GET', `/v1/events?type=token.reuse_detected&limit=100`, { bearer: latchwork.rootKey })).body.items.filter(
      (event: { clientId: string }) => event.clientId === id,
    ).length
  const revoke = (token: string) => latchwork.form('/revoke', { token }, headers)
  return { id, first: first.body, use, revoke, endsOf }
}

describeOnEachEngine('a refresh token presented again', (start) => {
  it('O9: within the window gets the same successor, an access token of its own, and what it asks for in scopes', async (t) => {
    const latchwork = await start(t)
    const { first, use, endsOf } = await firstTokens(latchwork, WINDOW_SECONDS)
    const won = await use(first.refresh_token)
    latchwork.advance(WINDOW_SECONDS * 1000 - 5000)
    const again = await use(first.refresh_token, { scope: 'notes:read' })
    assert.deepEqual([again.status, again.body.refresh_token, again.body.scope], [200, won.body.refresh_token, 'notes:read'], JSON.stringify(again.body))
    assert.notEqual(again.body.access_token, won.body.access_token)
    for (const { body } of [won, again]) assert.ok(await isActive(latchwork, body.access_token))
    assert.equal((await use(won.body.refresh_token)).status, 200)
    assert.equal(await endsOf(), 0)
  })

  it('O9: when the window is over ends the grant, to the second', async (t) => {
    const latchwork = await start(t)
    const { first, use, endsOf } = await firstTokens(latchwork, WINDOW_SECONDS)
    const won = await use(first.refresh_token)
    latchwork.advance(WINDOW_SECONDS * 1000)
    refuses(await use(first.refresh_token), 400, 'invalid_grant')
    assert.equal(await isActive(latchwork, won.body.access_token), false)
    refuses(await use(won.body.refresh_token), 400, 'invalid_grant')
    assert.equal(await endsOf(), 1)
  })

  it('O9: whose successor was used ends the grant, within the window too: the predecessor only', async (t) => {
    const latchwork = await start(t)
    const { first, use, endsOf } = await firstTokens(latchwork, WINDOW_SECONDS)
    const second = await use(first.refresh_token)
    const third = await use(second.body.refresh_token)
    refuses(await use(first.refresh_token), 400, 'invalid_grant')
    assert.equal(await isActive(latchwork, third.body.access_token), false)
    assert.equal(await endsOf(), 1)
  })

  it('O9: without a window, which is the default, ends the grant at once', async (t) => {
    const latchwork = await start(t)
    for (const window of [undefined, 0]) {
      const { first, use, endsOf } = await firstTokens(latchwork, window)
      assert.equal((await use(first.refresh_token)).status, 200)
      refuses(await use(first.refresh_token), 400, 'invalid_grant')
      assert.equal(await endsOf(), 1)
    }
  })

  it('O9 R1: without a window is no retry either when it came before the use that won, or by a clock that is behind', async (t) => {
    const latchwork = await start(t)
    const { first, use, endsOf } = await firstTokens(latchwork)
    assert.equal((await use(first.refresh_token)).status, 200)
    latchwork.advance(-2000)
    refuses(await use(first.refresh_token), 400, 'invalid_grant')
    assert.equal(await endsOf(), 1)
  })

  it('O9 R5: a clock that is set back makes no window longer', async (t) => {
    const latchwork = await start(t)
    const { first, use, endsOf } = await firstTokens(latchwork, WINDOW_SECONDS)
    assert.equal((await use(first.refresh_token)).status, 200)
    latchwork.advance(-3_600_000)
    refuses(await use(first.refresh_token), 400, 'invalid_grant')
    assert.equal(await endsOf(), 1)
  })

  it('O9: by another client is refused and ends nothing; a grant that has ended gives nothing', async (t) => {
    const latchwork = await start(t)
    const { first, use, revoke } = await firstTokens(latchwork, WINDOW_SECONDS)
    const won = await use(first.refresh_token)
    refuses(await refresh(latchwork, first.refresh_token), 400, 'invalid_grant')
    assert.ok(await isActive(latchwork, won.body.access_token), 'the stranger ended nothing')
    await latchwork.form('/revoke', { token: won.body.refresh_token }, basic('app'))
    assert.equal((await use(first.refresh_token)).status, 200, 'nor did a stranger’s revocation')
    await revoke(won.body.refresh_token)
    refuses(await use(first.refresh_token), 400, 'invalid_grant')
  })

  it('O9 R1: a hundred at once: one rotation, ninety-nine retries, one successor, which works', async (t) => {
    const latchwork = await start(t)
    const { first, use, endsOf } = await firstTokens(latchwork, WINDOW_SECONDS)
    const answers = await Promise.all(Array.from({ length: 100 }, () => use(first.refresh_token)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1)
    assert.equal(new Set(answers.map(({ body }) => body.access_token)).size, 100)
    assert.equal(await endsOf(), 0)
    assert.equal((await use(answers[0]?.body.refresh_token)).status, 200)
  })

  it('O9 R1: retry ∥ first use of the successor: the retry came before it, or the grant has ended; never two families', async (t) => {
    const latchwork = await start(t)
    for (let round = 0; round < 10; round++) {
      const { first, use, endsOf } = await firstTokens(latchwork, WINDOW_SECONDS)
      const won = await use(first.refresh_token)
      const [retried, next] = await Promise.all([use(first.refresh_token), use(won.body.refresh_token)])
      if (retried.status === 200) {
        assert.equal(retried.body.refresh_token, won.body.refresh_token)
        assert.deepEqual([next.status, await endsOf()], [200, 0])
      } else {
        refuses(retried, 400, 'invalid_grant')
        assert.equal(await endsOf(), 1)
        assert.equal(await isActive(latchwork, won.body.access_token), false)
      }
    }
  })
})
