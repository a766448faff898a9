/** The SDK against an issuer on a real socket. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { mintToken, positionOf, positionText } from '@latchwork/kernel'
import { createVerifier, type VerifierOptions } from '@latchwork/verify'
import { audience, bearing, keyRecord, refused, startSigner } from './core.ts'
import { heartbeatEvent, helloEvent, type RemoteIssuer, startRemoteIssuer, until } from './remote-issuer.ts'

function startVerifier(t: TestContext, remote: RemoteIssuer, options: Partial<VerifierOptions> = {}) {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
  const lines: string[] = []
  const verifier = createVerifier({ issuer: remote.url, audience, rootKey: remote.rootKey, clock, log: (line) => lines.push(line), ...options })
  t.after(() => verifier.close())
  return { ...verifier, clock, lines }
}

async function startBoth(t: TestContext, options: Partial<VerifierOptions> = {}) {
  const remote = await startRemoteIssuer(t)
  const signer = startSigner('k1', Date.now(), 'ES256')
  remote.jwks.keys = [signer.jwk]
  const verifier = startVerifier(t, remote, options)
  await verifier.ready()
  return { remote, verifier, signer, token: (claims: object = {}) => signer.token({ iss: remote.url, ...claims }) }
}

/** Cuts the verifier off, and lets it back when that is done. */
async function leaveFor(remote: RemoteIssuer, meanwhile: () => void): Promise<void> {
  remote.away.add('/v1/revocations')
  remote.cutStreams()
  const asked = remote.asked('/v1/revocations')
  await until(() => remote.asked('/v1/revocations') > asked, 'attempts to reconnect')
  meanwhile()
  remote.away.clear()
}

async function isRefused(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  )
}

describe('look-ups over HTTP', () => {
  it('V1: a key is looked up once, then known; an unknown one is refused', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    for (let call = 0; call < 10; call++) assert.equal((await verifier.authenticate(bearing(key), { scopes: ['notes:read'] })).credentialId, 'key_1')
    assert.equal(remote.asked('/v1/verify'), 1)
    await refused(verifier.authenticate(bearing(mintToken('access_token').reveal())), 'credential_invalid')
    await refused(verifier.authenticate(bearing(mintToken('refresh_token').reveal())), 'credential_invalid')
    assert.equal(remote.asked('/v1/verify'), 2)
  })

  it('V1: what is written on a key comes with it, and cannot be changed by who gets it; one that is stopped is refused as an unknown one', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    const known = keyRecord(key, 'key_1')
    remote.records.set(key, { ...known, principal: { ...known.principal, externalId: 'cus_1', metadata: { plan: 'pro', seats: 5 } } })
    const principal = await verifier.authenticate(bearing(key))
    assert.deepEqual([principal.externalId, principal.metadata], ['cus_1', { plan: 'pro', seats: 5 }])
    assert.throws(() => Object.assign(principal.metadata ?? {}, { plan: 'free' }), TypeError)
    const stopped = remote.addKey('key_2')
    remote.records.set(stopped, { ...keyRecord(stopped, 'key_2'), alive: false, disabled: true })
    const refusal = await refused(verifier.authenticate(bearing(stopped)), 'credential_invalid')
    assert.deepEqual([refusal.reason, JSON.stringify(refusal.detail).includes('stop')], ['disabled', false])
  })

  it('K10: a revocation reaches the cache within 100 ms (median of 40), and a revoked key stays refused', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const took: number[] = []
    for (let round = 0; round < 40; round++) {
      const key = remote.addKey(`key_${round}`)
      await verifier.authenticate(bearing(key))
      remote.end(`key:key_${round}`)
      const endedAt = performance.now()
      await until(() => isRefused(verifier.authenticate(bearing(key))), 'refusal')
      took.push(performance.now() - endedAt)
      await refused(verifier.authenticate(bearing(key)), 'credential_invalid')
    }
    const sorted = took.toSorted((a, b) => a - b)
    t.diagnostic(`median ${sorted[20]?.toFixed(1)} ms, longest ${sorted.slice(-3).map((ms) => ms.toFixed(1))} ms`)
    assert.ok((sorted[20] ?? 0) < 100)
  })

  it('K6 K10: where another node answers that does not know of the change yet, a key that was changed is waited for, and not refused', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    await verifier.authenticate(bearing(key))
    const record = keyRecord(key, 'key_1')
    let known = { known: true, asOf: '0', record }
    remote.instead.set('/v1/verify', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(known)))
    const asOf = positionText(positionOf(remote.end('key:key_1')))
    await until(() => verifier.state().feedId === 1, 'the feed is heard')
    const asked = remote.asked('/v1/verify')
    const answers = Promise.all(Array.from({ length: 8 }, () => verifier.authenticate(bearing(key))))
    await until(() => remote.asked('/v1/verify') >= asked + 5, 'the node that lags is asked again')
    known = { known: true, asOf, record: { ...record, principal: { ...record.principal, scopes: ['notes:write'] } } }
    for (const { scopes } of await answers) assert.deepEqual(scopes, ['notes:write'])

    remote.end('key:key_1')
    await until(() => verifier.state().feedId === 2, 'the feed is heard')
    await refused(verifier.authenticate(bearing(key)), 'store_unavailable', /older than/)
  })

  it('K10: the feed goes on where it was, and what was ended meanwhile is refused', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const [first, second, third] = [remote.addKey('key_1'), remote.addKey('key_2'), remote.addKey('key_3')]
    for (const key of [first, second, third]) await verifier.authenticate(bearing(key))
    const ended = remote.end('key:key_1')
    await until(() => isRefused(verifier.authenticate(bearing(first))), 'refusal of the first')
    remote.away.add('/v1/revocations')
    remote.cutStreams()
    await until(() => remote.asked('/v1/revocations') > 2, 'attempts to reconnect')
    remote.end('key:key_2')
    remote.away.clear()
    await until(() => isRefused(verifier.authenticate(bearing(second))), 'refusal of the second')
    assert.deepEqual([remote.openedAt.at(0), remote.openedAt.at(-1)], [undefined, positionText(positionOf(ended))])
    const asked = remote.asked('/v1/verify')
    await verifier.authenticate(bearing(third))
    assert.equal(remote.asked('/v1/verify'), asked, 'what was not ended is still known')
  })

  it('K10: when the issuer no longer has the entry that was heard last, everything is forgotten', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    await verifier.authenticate(bearing(key))
    remote.end('key:other')
    await until(() => verifier.state().feedId === 1, 'the feed is heard')
    await leaveFor(remote, () => {
      remote.end('key:key_1')
      remote.end('key:newest')
      remote.feed.splice(0, 2)
    })
    await until(() => verifier.state().storedCredentials === 0, 'an empty cache')
    await refused(verifier.authenticate(bearing(key)), 'credential_invalid', /revoked/)
  })

  it('K10 E6: when the numbers of the feed have gone back, as after a restore, a key that was changed under the former ones is good, and remembered again', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    for (let change = 0; change < 3; change++) remote.end('key:key_1')
    remote.end('session:ses_1', Date.now() + 600_000)
    await until(() => verifier.state().feedId === 4, 'the feed is heard')
    remote.feed.splice(1)
    remote.records.set(key, keyRecord(key, 'key_1'))
    remote.cutStreams()
    await until(() => verifier.state().feedId === 1, 'the feed begun anew')
    const asked = remote.asked('/v1/verify')
    for (let call = 0; call < 3; call++) assert.equal((await verifier.authenticate(bearing(key))).credentialId, 'key_1')
    assert.equal(remote.asked('/v1/verify'), asked + 1)
    assert.ok(verifier.state().revocations > 0, 'the deny-list stays')
  })

  it('K10 E6: when the feed has gone back and grown past where we were, everything is forgotten, and what ended under numbers that we knew is refused', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const [ended, other] = [remote.addKey('key_1'), remote.addKey('key_2')]
    for (let nth = 0; nth < 4; nth++) remote.end(`key:before_${nth}`)
    await until(() => verifier.state().feedId === 4, 'the feed is heard')
    for (const key of [ended, other]) await verifier.authenticate(bearing(key))
    await leaveFor(remote, () => {
      remote.feed.splice(1)
      remote.end('key:key_1')
      for (let nth = 0; nth < 6; nth++) remote.end(`key:since_${nth}`)
    })
    await until(() => verifier.state().feedId === 8, 'the feed again')
    const asked = remote.asked('/v1/verify')
    await refused(verifier.authenticate(bearing(ended)), 'credential_invalid')
    for (let call = 0; call < 3; call++) await verifier.authenticate(bearing(other))
    assert.equal(remote.asked('/v1/verify'), asked + 2, 'each is looked up, and known again')
  })

  it('K10: what was read where another feed stands, or one that is ahead of ours, is good for that call and not remembered', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    for (let nth = 0; nth < 3; nth++) remote.end(`key:${nth}`)
    await until(() => verifier.state().feedId === 3, 'the feed is heard')
    const [, second, third] = remote.feed
    assert.ok(second && third)
    const asks = async (asOf: string) => {
      const known = { known: true, asOf, record: keyRecord(key, 'key_1') }
      remote.instead.set('/v1/verify', (response) => response.writeHead(200).end(JSON.stringify(known)))
      const asked = remote.asked('/v1/verify')
      for (let call = 0; call < 2; call++) await verifier.authenticate(bearing(key))
      return remote.asked('/v1/verify') - asked
    }
    assert.equal(await asks(positionText(positionOf({ ...second, at: second.at + 1 }))), 2)
    assert.equal(await asks(positionText(positionOf({ ...third, feedId: 100 }))), 2)
    assert.equal(await asks(positionText(positionOf(third))), 1)
  })

  it('K10: with the feed away for over 5 s keys are looked up again, and refused with 503 where that fails', async (t) => {
    const { remote, verifier } = await startBoth(t)
    remote.end('key:other')
    await until(() => verifier.state().feedId === 1, 'the feed is heard')
    const key = remote.addKey('key_1')
    await verifier.authenticate(bearing(key))
    remote.away.add('/v1/revocations')
    remote.cutStreams()
    await until(() => verifier.lines.some((line) => /revocation feed is away/.test(line)), 'a line in the log')
    verifier.clock.ahead += 6000
    assert.equal(verifier.state().fresh, false)
    await verifier.authenticate(bearing(key))
    await verifier.authenticate(bearing(key))
    assert.equal(remote.asked('/v1/verify'), 3)
    remote.away.add('/v1/verify')
    const refusal = await refused(verifier.authenticate(bearing(key)), 'store_unavailable')
    assert.equal(refusal.status, 503)
    remote.away.clear()
    await until(() => verifier.state().fresh, 'the feed again')
    const asked = remote.asked('/v1/verify')
    await verifier.authenticate(bearing(key))
    assert.equal(remote.asked('/v1/verify'), asked, 'known again, without a look-up')
    assert.ok(verifier.lines.some((line) => /feed is back/.test(line)))
  })

  it('K10: a heartbeat of a node that is itself cut off from the others is as old as what that node knows', async (t) => {
    const remote = await startRemoteIssuer(t)
    let beat = (_ageMs: number): void => {}
    remote.instead.set('/v1/revocations', (response) => {
      response.writeHead(200).write(helloEvent('0', false))
      beat = (ageMs) => void response.write(heartbeatEvent(ageMs))
    })
    const verifier = startVerifier(t, remote)
    await until(() => verifier.state().fresh, 'hello')
    verifier.clock.ahead += 2200
    assert.equal(verifier.state().fresh, true)
    beat(5100)
    await until(() => !verifier.state().fresh, 'what the node knows is over 5 s old')
  })

  it('K10: a feed that is connected but silent is away', async (t) => {
    const remote = await startRemoteIssuer(t)
    remote.instead.set('/v1/revocations', (response) => response.writeHead(200).write(helloEvent('0', false)))
    const verifier = startVerifier(t, remote)
    await until(() => verifier.state().fresh, 'hello')
    const first = remote.asked('/v1/revocations')
    await until(() => remote.asked('/v1/revocations') > first, 'a new connection', 8000)
  })

  it('K10: the feed is not whole before its hello, and nothing is resumed from before it', async (t) => {
    const remote = await startRemoteIssuer(t)
    const opened: { write: (text: string) => unknown; destroy: () => unknown }[] = []
    remote.instead.set('/v1/revocations', (response) => {
      response.writeHead(200).write(`event: revocation\ndata: {"feedId":5,"mark":"${'0'.repeat(16)}","lifeline":"key:key_1","at":0,"until":0}\n\n: alive\n\n`)
      opened.push(response)
    })
    const verifier = startVerifier(t, remote)
    await until(() => verifier.state().revocations === 1, 'the entry')
    assert.equal(verifier.state().fresh, false)
    opened[0]?.destroy()
    await until(() => opened.length === 2, 'another attempt')
    assert.deepEqual(remote.openedAt, [undefined, undefined])
  })

  it('R3: a kept connection that the issuer closes just then is replaced, and the look-up repeated once', async (t) => {
    const { remote, verifier } = await startBoth(t)
    await verifier.authenticate(bearing(remote.addKey('key_1')))
    remote.instead.set('/v1/verify', (response) => {
      remote.instead.clear()
      response.socket?.destroy()
    })
    await verifier.authenticate(bearing(remote.addKey('key_2')))
    assert.equal(remote.asked('/v1/verify'), 3)
  })

  const answers: readonly [string, number, string][] = [
    ['an error', 500, '{}'],
    ['a root key refused', 403, '{}'],
    ['a redirect', 302, ''],
    ['no JSON', 200, 'yes'],
    ['an empty object', 200, '{}'],
    ['a list', 200, '[]'],
    ['known without a record', 200, '{"known":true,"asOf":"0"}'],
    ['a record without lifelines', 200, '{"known":true,"asOf":"0","record":{"alive":true,"principal":{}}}'],
    ['a record of no place in the feed', 200, JSON.stringify({ known: true, asOf: 1, record: keyRecord('', 'key_1') })],
    ['an answer with 300 kB of nothing', 200, `{"known":false}${' '.repeat(300_000)}`],
    ['a megabyte', 200, `"${'a'.repeat(1_000_000)}"`],
  ]
  it('R3: every answer that is no answer is 503, never 200 or 401 (12.5)', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const key = remote.addKey('key_1')
    for (const [name, status, body] of answers) {
      remote.instead.set('/v1/verify', (response) => response.writeHead(status, { location: `${remote.url}/elsewhere` }).end(body))
      const refusal = await refused(verifier.authenticate(bearing(key)), 'store_unavailable')
      assert.ok(!JSON.stringify([refusal.message, refusal.reason, String(refusal.cause)]).includes(remote.rootKey.slice(8, 24)), name)
    }
    assert.equal(remote.asked('/elsewhere'), 0)
    remote.instead.clear()
    await verifier.authenticate(bearing(key))
  })

  it('R6: garbage on the feed ends that connection, not the process', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const garbage = [
      'event: revocation\ndata: nonsense\n\n',
      'event: revocation\ndata: null\n\n',
      'event: hello\ndata: {}\n\n',
      'event: revocation\ndata: {"feedId":1}\n\n',
      'event: revocation\ndata: {"feedId":1,"lifeline":"key:key_1","at":0,"until":0}\n\n',
      'event: hello\ndata: {"position":"1","resumed":true}\n\n',
      `event: hello\ndata: {"position":"1-${'0'.repeat(16)}"}\n\n`,
      `data: ${'a'.repeat(200_000)}`,
    ]
    for (const text of garbage) {
      const before = remote.asked('/v1/revocations')
      remote.instead.set('/v1/revocations', (response) => response.writeHead(200).write(text))
      remote.cutStreams()
      await until(() => remote.asked('/v1/revocations') > before + 1, 'another attempt')
      remote.instead.clear()
      const opened = remote.openedAt.length
      await until(() => remote.openedAt.length > opened && verifier.state().fresh, 'the feed again')
    }
    remote.end('key:key_1')
    await until(() => verifier.state().feedId === 1, 'what is said on it')
  })
})

describe('key set over HTTP', () => {
  it('J2: a flood of unknown key ids costs one fetch per cooldown, counted from the last attempt (14.1)', async (t) => {
    const { remote, verifier, token } = await startBoth(t)
    const good = token()
    await verifier.authenticate(bearing(good))
    assert.equal(remote.asked('/jwks'), 1)
    const flood = async () => {
      const header = () => Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'session+jwt', kid: `k${Math.random()}` })).toString('base64url')
      const refusals = Array.from({ length: 2500 }, () => isRefused(verifier.authenticate(bearing(`${header()}.${good.split('.').slice(1).join('.')}`))))
      assert.ok((await Promise.all(refusals)).every(Boolean))
      await verifier.authenticate(bearing(good))
    }
    await flood()
    assert.equal(remote.asked('/jwks'), 1, 'within the cooldown of the first')
    verifier.clock.ahead += 31_000
    await flood()
    assert.equal(remote.asked('/jwks'), 2)
    remote.away.add('/jwks')
    verifier.clock.ahead += 31_000
    await flood()
    await flood()
    assert.equal(remote.asked('/jwks'), 3, 'an attempt that failed counts')
  })

  it('J2: a new key is fetched when it is first seen', async (t) => {
    const { remote, verifier, signer } = await startBoth(t)
    const next = startSigner('k2', Date.now())
    remote.jwks.keys = [signer.jwk, next.jwk]
    verifier.clock.ahead += 31_000
    const texts = Array.from({ length: 20 }, (_, index) => next.token({ iss: remote.url, jti: `tok_${index}` }))
    await Promise.all(texts.map((text) => verifier.authenticate(bearing(text))))
    assert.equal(remote.asked('/jwks'), 2, 'callers share the fetch')
  })

  it('J2: with the endpoint away known keys go on, unknown ones are 503, and after the ceiling all are (8.6)', async (t) => {
    const { remote, verifier, token } = await startBoth(t, { keySet: { refreshMs: 20, ceilingMs: 86_400_000 } })
    remote.away.add('/jwks')
    const failed = remote.asked('/jwks')
    await until(() => remote.asked('/jwks') > failed + 2, 'attempts that fail')
    await verifier.authenticate(bearing(token()))
    const stranger = startSigner('k9', Date.now()).token({ iss: remote.url })
    assert.equal((await refused(verifier.authenticate(bearing(stranger)), 'store_unavailable')).status, 503)
    verifier.clock.ahead += 86_400_000 + 1000
    const fresh = token({ iat: Math.floor(verifier.clock.now() / 1000), exp: Math.floor(verifier.clock.now() / 1000) + 600 })
    await refused(verifier.authenticate(bearing(fresh)), 'store_unavailable')
    remote.away.clear()
    await until(async () => !(await isRefused(verifier.authenticate(bearing(fresh)))), 'the keys again')
  })

  it('J2: a withdrawn key is refused by the next fetch, also for tokens known before (8.6)', async (t) => {
    const { remote, verifier, token } = await startBoth(t, { keySet: { refreshMs: 20 } })
    const text = token()
    await verifier.authenticate(bearing(text))
    remote.jwks.keys = [startSigner('k2', Date.now()).jwk]
    await until(() => isRefused(verifier.authenticate(bearing(text))), 'refusal')
    await refused(verifier.authenticate(bearing(text)), 'credential_invalid', /kid/)
  })

  it('J2: a revoked key is refused as soon as the feed says so, and what its successor signs is taken without waiting', async (t) => {
    const { remote, verifier, token } = await startBoth(t)
    const [second, third, beside] = [startSigner('k2', Date.now()), startSigner('k3', Date.now()), startSigner('k4', Date.now())]
    const [known, unseen] = [token(), token({ jti: 'tok_2' })]
    await verifier.authenticate(bearing(known))
    remote.jwks.keys = [...remote.jwks.keys, beside.jwk]
    remote.end('signing_key:k1', Date.now() + 600_000) // the set that is fetched now still has the key
    await until(() => isRefused(verifier.authenticate(bearing(known))), 'refusal')
    await refused(verifier.authenticate(bearing(known)), 'credential_invalid', /revoked/)
    await refused(verifier.authenticate(bearing(unseen)), 'credential_invalid', /revoked/)
    await until(async () => !(await isRefused(verifier.authenticate(bearing(beside.token({ iss: remote.url }))))), 'the set that was fetched')
    assert.equal(remote.asked('/jwks'), 2)
    remote.jwks.keys = [second.jwk]
    await verifier.authenticate(bearing(second.token({ iss: remote.url, jti: 'tok_3' })))
    assert.equal(remote.asked('/jwks'), 3)
    await refused(verifier.authenticate(bearing(third.token({ iss: remote.url }))), 'credential_invalid', /kid/)
    assert.equal(remote.asked('/jwks'), 3, 'the cooldown holds again')
    remote.end('signing_key:nobody', Date.now() + 600_000)
    await until(() => verifier.state().revocations === 2, 'the entry')
    assert.equal(remote.asked('/jwks'), 3, 'the end of a key that is not held changes nothing')
  })

  it('J2 R5: a clock that is set back does not keep new keys out', async (t) => {
    const { remote, verifier } = await startBoth(t)
    const next = startSigner('k2', Date.now() - 86_400_000)
    remote.jwks.keys = [next.jwk]
    verifier.clock.ahead -= 86_400_000
    await verifier.authenticate(bearing(next.token({ iss: remote.url })))
  })

  it('J2: an endpoint that answers with something else is as good as away', async (t) => {
    const { remote, verifier, token } = await startBoth(t, { keySet: { refreshMs: 20 } })
    for (const body of ['', '[]', '{"keys":{}}', 'null', '"x"', `{"keys":[${'{},'.repeat(200)}{}]}`, `"${'a'.repeat(1_000_000)}"`]) {
      remote.instead.set('/jwks', (response) => response.writeHead(200).end(body))
      const before = remote.asked('/jwks')
      await until(() => remote.asked('/jwks') > before + 1, 'an attempt')
      await verifier.authenticate(bearing(token()))
    }
    remote.instead.set('/jwks', (response) => response.writeHead(302, { location: `${remote.url}/elsewhere` }).end())
    const before = remote.asked('/jwks')
    await until(() => remote.asked('/jwks') > before + 1, 'an attempt')
    assert.equal(remote.asked('/elsewhere'), 0, 'no redirect is followed')
  })
})

describe('tokens and the feed', () => {
  it('J7: a session that was ended before the verifier began is refused from its first call', async (t) => {
    const remote = await startRemoteIssuer(t)
    const signer = startSigner('k1', Date.now())
    remote.jwks.keys = [signer.jwk]
    remote.end('session:ses_1', Date.now() + 600_000)
    const verifier = startVerifier(t, remote)
    await refused(verifier.authenticate(bearing(signer.token({ iss: remote.url }))), 'credential_invalid', /revoked/)
    await verifier.authenticate(bearing(signer.token({ iss: remote.url, sid: 'ses_2' })))
  })

  it('J7: the first calls wait for the feed, however late it comes', async (t) => {
    const remote = await startRemoteIssuer(t)
    const signer = startSigner('k1', Date.now())
    remote.jwks.keys = [signer.jwk]
    const held: { write: (text: string) => unknown }[] = []
    remote.instead.set('/v1/revocations', (response) => held.push(response.writeHead(200)))
    const verifier = startVerifier(t, remote)
    await until(() => verifier.state().signingKeys === 1 && held.length === 1, 'keys, and the stream opened')
    const answer = isRefused(verifier.authenticate(bearing(signer.token({ iss: remote.url }))))
    await new Promise(setImmediate)
    const entry = remote.end('session:ses_1', Date.now() + 600_000)
    const position = positionOf(entry)
    held[0]?.write(`event: revocation\ndata: ${JSON.stringify({ ...entry, mark: position.mark })}\n\n${helloEvent(positionText(position), false)}`)
    assert.equal(await answer, true)
  })

  it('J7: ending a token, a session or a person ends what lives by it', async (t) => {
    const { remote, verifier, token } = await startBoth(t)
    const ends = [
      ['token:tok_a', { jti: 'tok_a' }],
      ['session:ses_a', { sid: 'ses_a' }],
      ['user:usr_a', { sub: 'usr_a' }],
    ] as const
    for (const [lifeline, claims] of ends) {
      const text = token(claims)
      await verifier.authenticate(bearing(text))
      remote.end(lifeline, Date.now() + 600_000)
      await until(() => isRefused(verifier.authenticate(bearing(text))), `refusal after ${lifeline}`)
    }
    await verifier.authenticate(bearing(token()))
  })

  it('K10: with the feed away tokens go on and say so; where revocation is required they do not', async (t) => {
    const { remote, verifier, token } = await startBoth(t)
    const strict = startVerifier(t, remote, { revocation: 'required' })
    await strict.ready()
    const text = token()
    assert.equal((await verifier.authenticate(bearing(text))).revocationFresh, true)
    await strict.authenticate(bearing(text))
    remote.away.add('/v1/revocations')
    remote.cutStreams()
    for (const { clock } of [verifier, strict]) clock.ahead += 6000
    await until(() => !verifier.state().fresh && !strict.state().fresh, 'the feed away')
    assert.equal((await verifier.authenticate(bearing(text))).revocationFresh, false)
    await refused(strict.authenticate(bearing(text)), 'revocations_unknown')
  })
})

describe('createVerifier', () => {
  const rootKey = mintToken('root_key').reveal()
  const wrong: readonly [string, object][] = [
    ['issuer: must be https', { issuer: 'http://auth.example.com' }],
    ['issuer: must be https', { issuer: 'http://127.0.0.1.evil.test' }],
    ['issuer: must be https', { issuer: 'ftp://localhost' }],
    ['issuer:', { issuer: 'auth.example.com' }],
    ['issuer: without', { issuer: 'https://auth.example.com?x=1' }],
    ['issuer: without', { issuer: 'https://user:pass@auth.example.com' }],
    ['audience:', { audience: '' }],
    ['rootKey, rootKeyFile:', { rootKey: undefined }],
    ['rootKey, rootKeyFile:', { rootKeyFile: '/nowhere' }],
    ['rootKey: not a root key', { rootKey: `${rootKey.slice(0, -1)}!` }],
    ['rootKey: not a root key', { rootKey: mintToken('access_token').reveal() }],
    ['environment:', { environment: 'prod' }],
  ]
  for (const [message, options] of wrong) {
    it(`V5: ${JSON.stringify(options).slice(0, 60)} is refused by name`, () => {
      const all = { issuer: 'https://auth.example.com', audience, rootKey, ...options } as VerifierOptions
      assert.throws(
        () => createVerifier(all).close(),
        (error: Error) => error instanceof TypeError && error.message.startsWith(message) && !error.message.includes(rootKey.slice(8, 24)),
      )
    })
  }

  it('V1: takes the root key from a file', async (t) => {
    const remote = await startRemoteIssuer(t)
    const folder = mkdtempSync(join(tmpdir(), 'latchwork-'))
    t.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'key'), `${remote.rootKey}\n`)
    const verifier = createVerifier({ issuer: remote.url, audience, rootKeyFile: join(folder, 'key') })
    t.after(() => verifier.close())
    const key = remote.addKey('key_1')
    await verifier.authenticate(bearing(key))
  })

  it('R3: a root key that the issuer refuses is told in the log, without the key', async (t) => {
    const remote = await startRemoteIssuer(t)
    const rootKey = mintToken('root_key').reveal()
    const verifier = startVerifier(t, remote, { rootKey })
    await until(() => verifier.lines.some((line) => /revocations:read/.test(line)), 'a line in the log')
    assert.ok(!verifier.lines.join().includes(rootKey.slice(8, 24)))
  })

  it('R3: ready() says what is missing; a closed verifier refuses', async (t) => {
    const remote = await startRemoteIssuer(t)
    remote.away.add('/v1/revocations')
    const verifier = startVerifier(t, remote)
    await assert.rejects(verifier.ready(50), /revocation feed .* within 50 ms/)
    verifier.close()
    verifier.clock.ahead += 6000
    await refused(verifier.authenticate(bearing(remote.addKey('key_1'))), 'store_unavailable')
  })

  it('V1: does not keep the process alive', async (t) => {
    const remote = await startRemoteIssuer(t)
    const program = `
      import { createVerifier } from '@latchwork/verify'
      const verifier = createVerifier({ issuer: '${remote.url}', audience: 'x', rootKey: process.env.ROOT_KEY })
      await verifier.ready()
      const request = { method: 'GET', url: '/', headers: { authorization: 'Bearer ' + process.env.KEY }, secure: true, loopback: false }
      console.log((await verifier.authenticate(request)).subject)`
    remote.jwks.keys = [startSigner('k1', Date.now()).jwk]
    const environment = { ...process.env, ROOT_KEY: remote.rootKey, KEY: remote.addKey('key_1') }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      env: environment,
      timeout: 20_000,
    })
    assert.equal(stdout.trim(), 'key_1')
  })
})
