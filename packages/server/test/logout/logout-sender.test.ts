/** Telling applications of sign-outs when things go wrong: bounded, tried again, given up, never to a private address (O16). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import type { LogoutDelivery, OAuth } from '@latchwork/oauth'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { createLogoutSender, pauseAfterLogout } from '../../src/logout/logout-sender.ts'
import type { GuardedFetch } from '../../src/outbound/guarded-fetch.ts'
import { OutboundError } from '../../src/outbound/guarded-fetch.ts'
import { allow, authorizationUrl, signUp } from '../kit/authorize.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const URI = 'https://shop.example/logout'

function shops(count: number, backchannelLogoutUri = URI): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `shop-${index}`,
    name: `Shop ${index}`,
    redirectUris: ['https://shop.example/cb'],
    authenticationMethod: 'none',
    scopes: ['openid'],
    settings: { backchannelLogoutUri },
  }))
}

/** Signs in to the shops and out; their lines wait in the outbox, after the server's own first attempt at them. */
async function signOutOf(latchwork: Latchwork, count: number): Promise<void> {
  const browser = await signUp(latchwork)
  for (let index = 0; index < count; index++)
    await allow(browser, authorizationUrl(latchwork, { client_id: `shop-${index}`, redirect_uri: 'https://shop.example/cb', scope: 'openid' }).url)
  await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
}

/** The server without a sender of its own, so that a test has the outbox to itself. */
async function quiet(t: Parameters<typeof startLatchwork>[0], count: number): Promise<{ latchwork: Latchwork; oauth: OAuth }> {
  const latchwork = await startLatchwork(t, { config: { clients: shops(count) } })
  await latchwork.server.installation.oauthChores.close()
  await signOutOf(latchwork, count)
  return { latchwork, oauth: latchwork.server.installation.oauth }
}

const eventsOf = async (latchwork: Latchwork, type: string): Promise<readonly { reason: string; clientId: string; data: { attempts: number } }[]> =>
  (await latchwork.call('GET', `/v1/events?type=${type}&limit=100`, { bearer: latchwork.rootKey })).body.items

const answering =
  (status: number): GuardedFetch =>
  () =>
    Promise.resolve({ status, headers: {}, body: Buffer.alloc(0) })

describe('telling applications of a sign-out', () => {
  /** More lines as those that wait, each of a client. */
  async function addLines(latchwork: Latchwork, clientIds: readonly string[], attempts = 0): Promise<void> {
    const database = new DatabaseSync(join(latchwork.server.installation.config.data, 'latchwork.db'))
    const add = database.prepare(
      'insert into logout_deliveries (id, client_id, user_id, session_id, created_at, attempts, next_at) select ?, ?, user_id, session_id, created_at, ?, created_at - 1 from logout_deliveries limit 1',
    )
    for (const [index, clientId] of clientIds.entries()) add.run(`more-${attempts}-${index}-${clientId}`, clientId, attempts)
    database.close()
    await latchwork.server.installation.store.tryWrite() // the store sees that another has written
  }

  it('O16 R4: bounded in number; of one client eight at once; and one that hangs holds up none of the others', async (t) => {
    const { latchwork, oauth } = await quiet(t, 2)
    await addLines(latchwork, Array(40).fill('shop-0'))
    const hung = Promise.withResolvers<void>()
    let [under, most] = [0, 0]
    const heard: string[] = []
    const fetch: GuardedFetch = async (_url, { body }) => {
      const { aud } = decodeJwt(new URLSearchParams(String(body)).get('logout_token') ?? '')
      most = Math.max(most, ++under)
      if (aud === 'shop-0') await hung.promise
      under--
      heard.push(String(aud))
      return { status: 200, headers: {}, body: Buffer.alloc(0) }
    }
    const sender = createLogoutSender({ oauth, fetch, clock: latchwork, log: () => {} })
    const sending = sender.sendDue()
    await until(() => heard.length > 0, 'the other shop has heard')
    assert.deepEqual(heard, ['shop-1'])
    hung.resolve()
    await sending
    await sender.close()
    assert.equal(heard.length, 42)
    assert.ok(most <= 16, `${most} at once`)
    assert.equal((await eventsOf(latchwork, 'logout.delivered')).length, 42)
  })

  it('O16: lines that were left out for others of their client are sent when those have ended while it was asked for more', async (t) => {
    const { latchwork, oauth } = await quiet(t, 1)
    await addLines(latchwork, Array(11).fill('shop-0'))
    const delivered = async () => (await eventsOf(latchwork, 'logout.delivered')).length
    const claimLogouts: typeof oauth.store.claimLogouts = async (...asked) => {
      const due = await oauth.store.claimLogouts(...asked)
      if ((asked[3]?.exceptClients?.length ?? 0) > 0) await until(async () => (await delivered()) >= 8, 'those under way have ended')
      return due
    }
    const slow = { ...oauth, store: { ...oauth.store, claimLogouts } }
    const sender = createLogoutSender({ oauth: slow, fetch: answering(200), clock: latchwork, log: () => {} })
    await sender.sendDue()
    await sender.close()
    assert.equal(await delivered(), 12)
  })

  it('O16 R4: what was not tried yet does not wait for receivers that have failed before, and what comes meanwhile goes at once', async (t) => {
    const { latchwork, oauth } = await quiet(t, 6)
    const silent = Array.from({ length: 300 }, (_, index) => `shop-${index % 4}`)
    await addLines(latchwork, silent, 3)
    let heard = 0
    const hung = Promise.withResolvers<void>()
    const fetch: GuardedFetch = async (_url, { timeoutMs }) => {
      if (timeoutMs === 5000)
        await hung.promise // tried before
      else heard++
      return { status: 200, headers: {}, body: Buffer.alloc(0) }
    }
    const sender = createLogoutSender({ oauth, fetch, clock: latchwork, log: () => {} })
    const sending = sender.sendDue()
    await until(() => heard === 6, 'all that were not tried yet')
    await addLines(latchwork, ['shop-5'])
    sender.wake()
    await until(() => heard === 7, 'one that came meanwhile')
    hung.resolve()
    await sending
    await sender.close()
    assert.equal((await oauth.store.claimLogouts(latchwork.now() + 1e9, latchwork.now() + 2e9, 100)).length, 0)
  })

  it('O16: what is not taken is tried again, later each time, and given up at the end, which is written down', async (t) => {
    const { latchwork, oauth } = await quiet(t, 1)
    const log: string[] = []
    let tries = 0
    const fetch: GuardedFetch = () => {
      tries += 1
      return tries === 2
        ? Promise.reject(new OutboundError('too_slow', 'no answer within 5000 ms'))
        : answering(tries === 3 ? 302 : 400)(URI, { method: 'POST' })
    }
    const sender = createLogoutSender({ oauth, fetch, clock: latchwork, log: (line) => void log.push(line) })
    for (let attempt = 1; attempt <= 14; attempt++) {
      await sender.sendDue()
      await sender.sendDue()
      assert.equal(tries, attempt, 'once, until its time has come')
      latchwork.advance(pauseAfterLogout(attempt))
    }
    await sender.sendDue()
    assert.equal(tries, 14)
    await sender.close()
    const [event] = await eventsOf(latchwork, 'logout.given_up')
    assert.deepEqual([event?.clientId, event?.reason, event?.data.attempts], ['shop-0', 'answered 400', 14])
    assert.equal(log.length, 1)
    const hours = Array.from({ length: 13 }, (_, index) => pauseAfterLogout(index + 1)).reduce((sum, pause) => sum + pause, 0) / 3_600_000
    assert.ok(hours > 2 && hours < 4, `${hours} h`)
  })

  it('O16: a node that dies with a line in its hands has only delayed it', async (t) => {
    const { latchwork, oauth } = await quiet(t, 1)
    const taken: readonly LogoutDelivery[] = await oauth.store.claimLogouts(latchwork.now(), latchwork.now() + 30_000, 10)
    assert.equal(taken.length, 1)
    const sender = createLogoutSender({ oauth, fetch: answering(204), clock: latchwork, log: () => {} })
    await sender.sendDue()
    assert.equal((await eventsOf(latchwork, 'logout.delivered')).length, 0)
    latchwork.advance(30_001)
    await sender.sendDue()
    await sender.close()
    assert.equal((await eventsOf(latchwork, 'logout.delivered')).length, 1)
  })

  it('R5 O16: a clock that is set back by an hour keeps no application waiting for an hour', async (t) => {
    const { latchwork, oauth } = await quiet(t, 1)
    latchwork.advance(3_600_000)
    const away = createLogoutSender({ oauth, fetch: answering(500), clock: latchwork, log: () => {} })
    await away.sendDue()
    await away.close()
    latchwork.advance(-3_600_000)
    const sender = createLogoutSender({ oauth, fetch: answering(204), clock: latchwork, log: () => {} })
    await sender.sendDue()
    await sender.close()
    assert.equal((await eventsOf(latchwork, 'logout.delivered')).length, 1)
  })

  it('R5 O16: two nodes of which one’s clock is ahead may tell an application twice, each by a token of its own; it is written down once', async (t) => {
    const { latchwork, oauth } = await quiet(t, 1)
    const heard: string[] = []
    const [slow, first] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const noting =
      (wait: Promise<void> | undefined): GuardedFetch =>
      async (url, request) => {
        heard.push(decodeJwt(new URLSearchParams(String(request.body)).get('logout_token') ?? '').jti ?? '')
        first.resolve()
        await wait
        return answering(200)(url, request)
      }
    const here = createLogoutSender({ oauth, fetch: noting(slow.promise), clock: latchwork, log: () => {} })
    const ahead = { now: () => latchwork.now() + 31_000 }
    const there = createLogoutSender({ oauth, fetch: noting(undefined), clock: ahead, log: () => {} })
    const sending = here.sendDue()
    await first.promise
    await there.sendDue()
    slow.resolve()
    await sending
    for (const sender of [here, there]) await sender.close()
    assert.equal(new Set(heard).size, 2)
    assert.equal((await eventsOf(latchwork, 'logout.delivered')).length, 1)
  })

  it('O16 O6: the token is signed as the client wishes, and tells the subject that the client knows (§2.4; Core §8)', async (t) => {
    const [shop] = shops(1)
    const settings = { backchannelLogoutUri: URI, subjectType: 'pairwise', idTokenSigningAlg: 'ES256' }
    const latchwork = await startLatchwork(t, { config: { clients: [{ ...shop, settings }] } })
    await latchwork.server.installation.oauthChores.close()
    const browser = await signUp(latchwork)
    const redirectUri = 'https://shop.example/cb'
    const { url, verifier } = authorizationUrl(latchwork, { client_id: 'shop-0', redirect_uri: redirectUri, scope: 'openid' })
    const code = (await allow(browser, url)).searchParams.get('code') ?? ''
    const fields = { grant_type: 'authorization_code', client_id: 'shop-0', code, redirect_uri: redirectUri, code_verifier: verifier }
    const { body } = await latchwork.form('/token', fields)
    await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    const heard: string[] = []
    const fetch: GuardedFetch = (_url, request) => {
      heard.push(new URLSearchParams(String(request.body)).get('logout_token') ?? '')
      return answering(200)(URI, request)
    }
    const sender = createLogoutSender({ oauth: latchwork.server.installation.oauth, fetch, clock: latchwork, log: () => {} })
    await sender.sendDue()
    await sender.close()
    const [told, known] = [decodeJwt(heard[0] ?? ''), decodeJwt(body.id_token)]
    assert.deepEqual([told.sub, told['sid'], told.aud], [known.sub, known['sid'], 'shop-0'])
    const { alg, typ } = decodeProtectedHeader(heard[0] ?? '')
    assert.deepEqual([alg, typ], ['ES256', 'logout+jwt'])
  })

  it('O16: a client that was disabled, or wants to hear no more, is not told', async (t) => {
    const { latchwork, oauth } = await quiet(t, 1)
    assert.equal((await latchwork.call('DELETE', '/v1/clients/shop-0', { bearer: latchwork.rootKey })).status, 204)
    const sender = createLogoutSender({ oauth, fetch: () => assert.fail('nobody is called'), clock: latchwork, log: () => {} })
    await sender.sendDue()
    await sender.close()
    assert.equal((await eventsOf(latchwork, 'logout.given_up'))[0]?.data.attempts, 1)
  })

  it('O16 13.4: an address within is not called, whatever a client registered', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients: shops(1, 'https://127.0.0.1:1/logout') } })
    await signOutOf(latchwork, 1)
    const { oauthChores } = latchwork.server.installation
    for (let attempt = 1; attempt <= 14; attempt++) {
      await oauthChores.logouts.sendDue()
      latchwork.advance(pauseAfterLogout(attempt))
    }
    await oauthChores.logouts.sendDue()
    const [event] = await eventsOf(latchwork, 'logout.given_up')
    assert.match(event?.reason ?? '', /not on the public internet/)
  })
})
