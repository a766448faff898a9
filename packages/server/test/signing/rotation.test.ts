/** The ring of signing keys over HTTP, with the SDK's verifier and jose on the other side. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createVerifier } from '@latchwork/verify'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { openSigning } from '../../src/signing.ts'
import { describeOnEachEngine, describeOnPostgres } from '../kit/each-engine.ts'
import { signInDevice } from '../kit/front-end.ts'
import { API, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

interface Key {
  readonly kid: string
  readonly algorithm: string
  readonly state: string
}

async function keysOf(latchwork: Latchwork): Promise<readonly Key[]> {
  const { body } = await latchwork.call('GET', '/v1/signing-keys', { bearer: latchwork.rootKey })
  return body.items as readonly Key[]
}

async function publishedBy(latchwork: Latchwork): Promise<JSONWebKeySet> {
  return (await latchwork.call('GET', '/jwks')).body as JSONWebKeySet
}

function signed(latchwork: Latchwork): string | Promise<string> {
  const seconds = Math.floor(latchwork.now() / 1000)
  return latchwork.server.installation.keyRing.sign('ES256', 'session+jwt', {
    iss: latchwork.issuer,
    sub: 'usr_1',
    aud: latchwork.issuer,
    iat: seconds,
    exp: seconds + 600,
    jti: 'tok_1',
    sid: 'ses_1',
    grant_id: 'grt_1',
    account_id: 'acc_1',
    auth_time: seconds,
    scope: '',
  })
}

/** The turn that every node takes each minute. */
async function turn(latchwork: Latchwork): Promise<void> {
  await latchwork.server.installation.signing.turn()
}

describeOnEachEngine('the schedule of signing keys', (start) => {
  it('J2: published before first use, retired after, withdrawn when its last token has expired', async (t) => {
    const latchwork = await start(t)
    const first = (await keysOf(latchwork)).find(({ algorithm }) => algorithm === 'ES256')?.kid
    const states = async () => {
      const items = (await keysOf(latchwork)).filter(({ algorithm }) => algorithm === 'ES256')
      return items.map(({ kid, state }) => `${kid === first ? 'first' : 'second'} ${state}`).join(', ')
    }
    const algorithmsPublished = async () => (await publishedBy(latchwork)).keys.filter(({ alg }) => alg === 'ES256').length
    const signs = async () => (decodeProtectedHeader(await signed(latchwork)).kid === first ? 'first' : 'second')
    const { rotateEveryDays, publishAheadHours } = latchwork.server.installation.config.signing
    latchwork.advance(rotateEveryDays * DAY - publishAheadHours * HOUR - HOUR)
    await turn(latchwork)
    assert.equal(await states(), 'first current')
    latchwork.advance(2 * HOUR)
    await turn(latchwork)
    assert.deepEqual([await states(), await algorithmsPublished(), await signs()], ['first current, second next', 2, 'first'])
    latchwork.advance(publishAheadHours * HOUR)
    assert.equal(await signs(), 'second') // by the clock, whether or not a turn came
    await turn(latchwork)
    assert.deepEqual([await states(), await algorithmsPublished()], ['first retired, second current', 2])
    latchwork.advance(3 * HOUR)
    await turn(latchwork)
    assert.deepEqual([await states(), await algorithmsPublished()], ['first withdrawn, second current', 1])
  })
})

describe('a rotation under load', () => {
  it('J2: eight callers mint and verify through a whole rotation; the SDK and jose refuse nothing', async (t) => {
    const latchwork = await startLatchwork(t, { config: { signing: { publishAheadHours: 1 } } })
    const verifier = createVerifier({
      issuer: latchwork.issuer,
      audience: latchwork.issuer,
      rootKey: latchwork.rootKey,
      development: true,
      clock: { now: latchwork.now },
    })
    t.after(() => verifier.close())
    await verifier.ready()
    const { publishAheadHours } = latchwork.server.installation.config.signing
    const kids = new Set<string>()
    let done = false
    let verified = 0
    const callers = Array.from({ length: 8 }, async () => {
      while (!done) {
        const mintedAt = latchwork.now()
        const token = await signed(latchwork)
        kids.add(decodeProtectedHeader(token).kid ?? '')
        const headers = { authorization: `Bearer ${token}` }
        const answer = verifier.authenticate({ method: 'GET', url: '/', headers, secure: false, loopback: true, remoteAddress: '127.0.0.1' })
        const principal = await answer.catch((error: unknown) => {
          if (latchwork.now() - mintedAt < HOUR) throw error // else the clock was moved past the token's own end
          return undefined
        })
        if (principal === undefined) continue
        assert.equal(principal.subject, 'usr_1')
        await jwtVerify(token, createLocalJWKSet(await publishedBy(latchwork)), { currentDate: new Date(mintedAt) })
        verified++
      }
    })
    const running = Promise.all(callers)
    const more = async () => {
      const before = verified
      await Promise.race([running, until(() => verified > before + 20, 'twenty more verifications')])
    }
    await more()
    await latchwork.call('POST', '/v1/signing-keys/rotate', { bearer: latchwork.rootKey, body: {} })
    await more()
    latchwork.advance(publishAheadHours * HOUR + 1)
    await more()
    await turn(latchwork)
    await more()
    latchwork.advance(10 * 60_000)
    await turn(latchwork)
    await more()
    done = true
    await running
    assert.equal(kids.size, 2)
  })

  it('J2: eight people refresh their sessions and call an API, minute by minute, from a rotation until the former key is withdrawn: nothing is refused', async (t) => {
    const latchwork = await startLatchwork(t, { config: { signing: { publishAheadHours: 1 } } })
    const clock = { now: latchwork.now }
    const keySet = { refreshMs: 20 }
    const verifier = createVerifier({ issuer: latchwork.issuer, audience: API, rootKey: latchwork.rootKey, development: true, clock, keySet })
    t.after(() => verifier.close())
    await verifier.ready()
    const devices = await Promise.all(Array.from({ length: 8 }, () => signInDevice(latchwork)))
    const held: string[] = []
    const kids = new Set<string>()
    const verify = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return verifier.authenticate({ method: 'GET', url: '/', headers, secure: false, loopback: true, remoteAddress: '127.0.0.1' })
    }
    const call = async (device: (typeof devices)[number]) => {
      const { status, body } = await device.post('/v1/sessions/refresh')
      assert.equal(status, 200)
      kids.add(decodeProtectedHeader(body.accessToken).kid ?? '')
      held.push(body.accessToken)
      await verify(body.accessToken)
    }
    await latchwork.call('POST', '/v1/signing-keys/rotate', { bearer: latchwork.rootKey, body: {} })
    const states = async () => (await keysOf(latchwork)).filter(({ algorithm }) => algorithm === 'ES256').map(({ state }) => state)
    for (let minute = 0; minute < 200 && !(await states()).includes('withdrawn'); minute++) {
      latchwork.advance(60_000)
      const fetchedAt = verifier.state().signingKeysAt
      await Promise.all([...devices.map(call), turn(latchwork), ...held.map(verify)])
      await until(() => verifier.state().signingKeysAt !== fetchedAt, 'the set was fetched again')
      held.splice(0, held.length - 8 * 9) // the tokens of nine minutes: each lives ten
    }
    assert.deepEqual([(await states()).sort(), kids.size], [['current', 'withdrawn'], 2])
  })

  it('J2: the SDK refuses what a revoked key signed as soon as the feed says so, and takes the next token', async (t) => {
    const latchwork = await startLatchwork(t)
    const verifier = createVerifier({ issuer: latchwork.issuer, audience: API, rootKey: latchwork.rootKey, development: true })
    t.after(() => verifier.close())
    await verifier.ready()
    const device = await signInDevice(latchwork)
    const verify = (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return verifier.authenticate({ method: 'GET', url: '/', headers, secure: false, loopback: true, remoteAddress: '127.0.0.1' })
    }
    await verify(device.accessToken)
    const { kid } = decodeProtectedHeader(device.accessToken)
    const revoked = await latchwork.call('POST', `/v1/signing-keys/${kid}/revoke`, { bearer: latchwork.rootKey, body: {} })
    assert.equal(revoked.status, 200)
    const endedAt = performance.now()
    const isRefused = async () =>
      verify(device.accessToken).then(
        () => false,
        () => true,
      )
    await until(isRefused, 'refusal')
    t.diagnostic(`refused ${(performance.now() - endedAt).toFixed(1)} ms after the answer`)
    assert.equal((await verify((await device.post('/v1/sessions/refresh')).body.accessToken)).mechanism, 'session')
  })

  it('J2 R4: ten thousand made-up key ids cost the server one reading of the ring a second; with the store away they are 503', async (t) => {
    const latchwork = await startLatchwork(t)
    const { config, store, secretKey } = latchwork.server.installation
    let now = latchwork.now()
    let readings = 0
    const listSigningKeys = () => {
      readings++
      return store.signing.listSigningKeys()
    }
    const counted = { ...store, signing: { ...store.signing, listSigningKeys } }
    const signing = await openSigning({ config, store: counted, secretKey, clock: { now: () => now }, removalClock: { now: () => now }, onTrouble: () => {} })
    t.after(() => signing.close())
    const { kid = '' } = signing.keyRing.publicKeys()[0] ?? {}
    const find = async (made: string) => signing.findKey(made)
    const flood = async () => {
      const before = readings
      const found = await Promise.all(Array.from({ length: 5000 }, (_, index) => find(`made-up ${index}`)))
      assert.ok(found.every((key) => key === undefined))
      return readings - before
    }
    assert.deepEqual([await flood(), await flood()], [1, 0])
    now += 1000
    assert.deepEqual([await flood(), await flood()], [1, 0])
    assert.equal((await find(kid))?.kid, kid)
    await latchwork.stop()
    now += 1000
    await assert.rejects(find('made-up'), { code: 'store_unavailable' })
    assert.equal((await find(kid))?.kid, kid, 'what is known stays known')
  })

  it('J2: what a revoked key signed is refused at once, and the next token is signed by another', async (t) => {
    const latchwork = await startLatchwork(t)
    const token = await signed(latchwork)
    const { kid } = decodeProtectedHeader(token)
    const revoked = await latchwork.call('POST', `/v1/signing-keys/${kid}/revoke`, { bearer: latchwork.rootKey, body: { reason: 'lost' } })
    assert.equal(revoked.status, 200)
    assert.ok(!(await publishedBy(latchwork)).keys.some((key) => key.kid === kid))
    assert.notEqual(decodeProtectedHeader(await signed(latchwork)).kid, kid)
    await assert.rejects(async () => jwtVerify(token, createLocalJWKSet(await publishedBy(latchwork))))
    const stored = JSON.stringify(await latchwork.server.installation.store.signing.listSigningKeys())
    assert.ok(!/"privateHalf":"","state":"revoked"/.test(stored))
  })
})

describeOnPostgres('nodes on one store', (start) => {
  it('J2 E5: a node that has heard of nothing takes what another signs with a new key, and the other what it signs with the old one', async (t) => {
    const issuer = 'http://localhost:1'
    const [one, two] = await Promise.all([1, 2].map(() => start(t, { config: { issuer } })))
    assert.ok(one && two)
    const device = await signInDevice(one)
    const revocation = `/v1/signing-keys/${decodeProtectedHeader(device.accessToken).kid}/revoke`
    await one.call('POST', '/v1/signing-keys/rotate', { bearer: one.rootKey, body: {} })
    for (const node of [one, two]) node.advance(DAY)
    await turn(one)
    const refresh = async () => (await device.post('/v1/sessions/refresh')).body.accessToken as string
    const [byNew, byOld] = [await refresh(), (await signInDevice(two)).accessToken]
    assert.notEqual(decodeProtectedHeader(byNew).kid, decodeProtectedHeader(byOld).kid)
    const knows = async (node: Latchwork, token: string) =>
      (await node.server.installation.signing.findKey(decodeProtectedHeader(token).kid ?? '')) !== undefined
    assert.deepEqual([await knows(one, byOld), await knows(two, byNew)], [true, true])
    const currentDate = new Date(one.now())
    await jwtVerify(byOld, createLocalJWKSet(await publishedBy(one)), { currentDate })
    await jwtVerify(byNew, createLocalJWKSet(await publishedBy(two)), { currentDate })

    const answer = await one.call('POST', revocation, { bearer: one.rootKey, body: { reason: 'lost' } })
    assert.equal(answer.status, 200)
    await until(async () => !(await publishedBy(two)).keys.some(({ kid }) => kid === decodeProtectedHeader(byOld).kid), 'withdrawn at the other node too', 5000)
    assert.deepEqual([await knows(one, byOld), await knows(two, byOld)], [false, false])
  })

  it('J2: nodes that start at once sign with one key of each algorithm, and follow each other through a rotation', async (t) => {
    const nodes = await Promise.all([1, 2, 3].map(() => start(t)))
    const currents = await Promise.all(nodes.map(async (node) => (await keysOf(node)).filter(({ state }) => state === 'current').map(({ kid }) => kid)))
    assert.deepEqual(new Set(currents.map((kids) => kids.toSorted().join())).size, 1)
    await Promise.all(nodes.map((node) => node.call('POST', '/v1/signing-keys/rotate', { bearer: node.rootKey, body: {} })))
    const next = await Promise.all(nodes.map(async (node) => (await keysOf(node)).filter(({ state }) => state === 'next').map(({ kid }) => kid)))
    assert.deepEqual([next[0]?.length, new Set(next.map((kids) => kids.toSorted().join())).size], [2, 1])
  })
})
