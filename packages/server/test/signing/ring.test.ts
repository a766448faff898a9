/** The ring itself, on a real store: its whole schedule by a clock moved by hand, every algorithm, the change of the secret key, nodes that have not heard. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import {
  type KeyRing,
  keepSchedule,
  openKeyRing,
  type RingPolicy,
  revokeSigningKey,
  rotateSigningKeys,
  type SigningAlgorithm,
  sealedVault,
  signingAlgorithms,
  type Vault,
} from '@latchwork/signing'
import type { Store } from '@latchwork/store'
import { createDatabase, type EngineName, engineNames, type TestDatabase } from '@latchwork/store/test-engines'
import { createAuthenticator, readKeySet } from '@latchwork/verify'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const issuer = 'https://auth.example.com'
const operator = { kind: 'root_key', id: 'root_1' } as const
const TOKEN_LIVES = HOUR

const policy: RingPolicy = { rotateEveryMs: 10 * DAY, publishAheadMs: DAY, keepPublishedMs: TOKEN_LIVES + 15 * MINUTE, ed25519Name: 'Ed25519' }
const secretKey = randomBytes(32)

interface Node {
  readonly store: Store
  readonly ring: KeyRing
  readonly troubles: string[]
}

interface Ground {
  readonly database: TestDatabase
  /** Moved by hand; nodes may be off by a skew. */
  readonly clock: { time: number }
  readonly node: (options?: {
    readonly vault?: Vault
    readonly policy?: Partial<RingPolicy>
    readonly skewMs?: number
    readonly store?: Store
  }) => Promise<Node>
}

async function groundOn(t: TestContext, engine: EngineName): Promise<Ground> {
  const database = await createDatabase(engine)
  t.after(() => database.drop())
  const clock = { time: Date.now() }
  return {
    database,
    clock,
    node: async ({ vault = sealedVault([secretKey]), policy: changes = {}, skewMs = 0, store } = {}) => {
      const troubles: string[] = []
      const opened = store ?? (await database.open())
      const ring = await openKeyRing({
        store: opened.signing,
        vault,
        clock: { now: () => clock.time + skewMs },
        policy: { ...policy, ...changes },
        onTrouble: (message, cause) => troubles.push(`${message}: ${(cause as Error).message}`),
      })
      return { store: opened, ring, troubles }
    },
  }
}

function claimsAt(now: number, lifetimeMs = TOKEN_LIVES) {
  const iat = Math.floor(now / 1000)
  return {
    iss: issuer,
    sub: 'usr_1',
    aud: issuer,
    iat,
    exp: iat + lifetimeMs / 1000,
    jti: 'tok_1',
    sid: 'ses_1',
    grant_id: 'grt_1',
  }
}

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? ''
const publishedKids = (ring: KeyRing): ReadonlySet<string | undefined> => new Set(ring.publicKeys().map(({ kid }) => kid))
const statesOf = (ring: KeyRing, algorithm: SigningAlgorithm): string =>
  ring
    .keys()
    .filter((key) => key.algorithm === algorithm)
    .map(({ state }) => state)
    .sort()
    .join()

for (const engine of engineNames) {
  describe(`the ring of signing keys (${engine})`, () => {
    it('J2 R5: through 25 days, two nodes 4 minutes apart: no copy of the set a day old lacks the key that signs, and no token outlives its key', async (t) => {
      const ground = await groundOn(t, engine)
      const one = await ground.node()
      const two = await ground.node({ skewMs: -4 * MINUTE, ...(engine === 'sqlite' ? { store: one.store } : {}) })
      const startedAt = ground.clock.time
      const copies: { readonly at: number; readonly kids: ReadonlySet<string | undefined> }[] = []
      const tokens: { readonly kid: string; readonly until: number }[] = []
      const signers = new Set<string>()
      for (let step = 0; step < 25 * 48; step++) {
        ground.clock.time = startedAt + step * 30 * MINUTE
        const now = ground.clock.time
        for (const { ring } of [one, two]) {
          // Signed before the turn: a node at its latest.
          const kid = kidOf(await ring.sign('ES256', 'session+jwt', claimsAt(now)))
          signers.add(kid)
          tokens.push({ kid, until: now + TOKEN_LIVES })
          const oldest = copies.find(({ at }) => at >= now - policy.publishAheadMs + HOUR)
          assert.ok(oldest === undefined || oldest.kids.has(kid), `in the copy of a day ago, step ${step}`)
        }
        if (step % 3 !== 0) await keepSchedule(one.ring, now)
        if (step % 2 === 0) await keepSchedule(two.ring, now - 4 * MINUTE)
        while ((tokens[0]?.until ?? now) < now) tokens.shift()
        for (const { ring } of [one, two]) {
          const kids = publishedKids(ring)
          assert.ok(kids.size <= 2 * 3)
          assert.ok(
            tokens.every(({ kid }) => kids.has(kid)),
            `every token that lives, step ${step}`,
          )
        }
        copies.push({ at: now, kids: publishedKids(one.ring) })
      }
      assert.equal(signers.size, 3)
      assert.equal(statesOf(one.ring, 'ES256'), 'current,withdrawn,withdrawn')
      const rows = await ground.database.query("select * from signing_keys where state <> 'current' and sealed_private_key <> ''")
      assert.deepEqual(rows, [], 'no private half outlives its use')
      const events = await ground.database.query("select type, count(*) as n from events where type like 'signing_key.%' group by type order by type")
      assert.deepEqual(
        events.map(({ type, n }) => `${type} ${n}`),
        ['signing_key.created 6', 'signing_key.promoted 4', 'signing_key.retired 4', 'signing_key.withdrawn 4'],
        'each step once, of two algorithms, whichever node took it',
      )
    })

    it('J1: ES256, RS256, PS256 and Ed25519, under either name, verify with jose and with the SDK', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring, store } = await ground.node()
      for (const algorithm of signingAlgorithms) {
        await ring.ensure(algorithm)
        const token = await ring.sign(algorithm, 'session+jwt', claimsAt(ground.clock.time))
        await isGood(ring, token, algorithm, ground.clock.time)
      }
      assert.equal(ring.publicKeys().length, 4)
      const older = await ground.node({ policy: { ed25519Name: 'EdDSA' }, store })
      await rotateSigningKeys(older.ring, { algorithm: 'Ed25519' }, operator, ground.clock.time)
      const before = await older.ring.sign('Ed25519', 'session+jwt', claimsAt(ground.clock.time))
      assert.equal(decodeProtectedHeader(before).alg, 'Ed25519', 'the name is that of the key')
      ground.clock.time += policy.publishAheadMs
      const token = await older.ring.sign('Ed25519', 'session+jwt', claimsAt(ground.clock.time))
      await isGood(older.ring, token, 'EdDSA', ground.clock.time)
      assert.ok(older.ring.publicKeys().every((key) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].every((member) => !(member in key))))
    })

    it('J1 R1: an algorithm that 30 callers want at once gets one key, on whichever node they ask', async (t) => {
      const ground = await groundOn(t, engine)
      const first = await ground.node()
      const nodes = engine === 'sqlite' ? [first] : [first, await ground.node(), await ground.node()]
      const tokens = await Promise.all(
        Array.from({ length: 30 }, async (_, index) => (nodes[index % nodes.length] ?? first).ring.sign('PS256', 'JWT', claimsAt(ground.clock.time))),
      )
      assert.equal(new Set(tokens.map(kidOf)).size, 1)
      assert.equal((await ground.database.query("select * from signing_keys where algorithm = 'PS256'")).length, 1)
    })

    it('J2: by hand: a next key of each algorithm in use, the same when asked again by many, and sooner than the one by schedule', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring } = await ground.node()
      const asked = await Promise.all(Array.from({ length: 8 }, () => rotateSigningKeys(ring, {}, operator, ground.clock.time)))
      assert.equal(new Set(asked.map((keys) => keys.map(({ kid }) => kid).join())).size, 1)
      assert.deepEqual(asked[0]?.map(({ algorithm, activatesAt }) => `${algorithm} ${activatesAt - ground.clock.time}`).sort(), [
        `ES256 ${DAY}`,
        `RS256 ${DAY}`,
      ])
      const again = await rotateSigningKeys(ring, { algorithm: 'ES256' }, operator, ground.clock.time + HOUR)
      assert.deepEqual(
        again.map(({ activatesAt }) => activatesAt - ground.clock.time),
        [DAY],
        'asked again it is not put off',
      )
      await assert.rejects(rotateSigningKeys(ring, { algorithm: 'PS256' }, operator, ground.clock.time), { code: 'not_found' })
    })

    it('J2 R5: a clock that jumps a year ahead and back: signing goes on, what was signed before verifies, and the rotation can be had sooner', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring } = await ground.node()
      const startedAt = ground.clock.time
      const before = await ring.sign('ES256', 'session+jwt', claimsAt(startedAt))
      ground.clock.time += 365 * DAY
      await keepSchedule(ring, ground.clock.time)
      await isGood(ring, await ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time)), 'ES256', ground.clock.time)
      ground.clock.time = startedAt + MINUTE
      await keepSchedule(ring, ground.clock.time)
      await isGood(ring, before, 'ES256', ground.clock.time)
      const after = await ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time))
      assert.equal(kidOf(after), kidOf(before))
      const [next] = await rotateSigningKeys(ring, { algorithm: 'ES256' }, operator, ground.clock.time)
      assert.equal((next?.activatesAt ?? 0) - ground.clock.time, DAY, 'no longer a year away')

      // By schedule alone: planned by the wrong clock, drawn nearer once it is due.
      const [planned] = ring.keys().filter(({ algorithm, state }) => algorithm === 'RS256' && state === 'next')
      assert.ok((planned?.activatesAt ?? 0) > startedAt + 365 * DAY)
      ground.clock.time = startedAt + policy.rotateEveryMs
      await keepSchedule(ring, ground.clock.time)
      const drawn = ring.keys().find(({ kid }) => kid === planned?.kid)
      assert.equal((drawn?.activatesAt ?? 0) - ground.clock.time, DAY)
    })

    it('J2: a revoked key is followed at once; the feed is told; a retired and a next one can be revoked too; twice is once', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring, store } = await ground.node()
      const revoke = (kid: string) => revokeSigningKey(ring, kid, 'lost', operator, ground.clock.time)
      const first = kidOf(await ring.sign('ES256', 'JWT', {}))
      const [next] = await rotateSigningKeys(ring, { algorithm: 'ES256' }, operator, ground.clock.time)
      const head = await store.feed.head()
      assert.equal((await revoke(first)).current?.kid, next?.kid, 'the next one signs')
      assert.equal(kidOf(await ring.sign('ES256', 'JWT', {})), next?.kid)
      assert.equal((await revoke(first)).current?.kid, next?.kid)
      const [entry, ...more] = await store.feed.read(head, 10)
      assert.deepEqual([entry?.lifeline, more.length], [`signing_key:${first}`, 0])
      assert.ok((entry?.until ?? 0) >= ground.clock.time + TOKEN_LIVES)

      const made = (await revoke(next?.kid ?? '')).current
      assert.ok(made !== undefined && made.kid !== first && made.kid !== next?.kid, 'with none waiting, one is made')
      const [waiting] = await rotateSigningKeys(ring, { algorithm: 'ES256' }, operator, ground.clock.time)
      await revoke(waiting?.kid ?? '')
      assert.equal(kidOf(await ring.sign('ES256', 'JWT', {})), made.kid)
      await rotateSigningKeys(ring, { algorithm: 'ES256' }, operator, ground.clock.time)
      ground.clock.time += policy.publishAheadMs
      await keepSchedule(ring, ground.clock.time)
      assert.equal(ring.keys().find(({ kid }) => kid === made.kid)?.state, 'retired')
      await revoke(made.kid)
      assert.ok(!publishedKids(ring).has(made.kid))
      assert.equal(statesOf(ring, 'ES256'), 'current,revoked,revoked,revoked,revoked')
      await assert.rejects(revoke('nobody'), { code: 'not_found' })
      assert.deepEqual(await ground.database.query("select kid from signing_keys where state = 'revoked' and sealed_private_key <> ''"), [])
    })

    it('J1 R1: one key revoked by 20 at once has one successor and one event', async (t) => {
      const ground = await groundOn(t, engine)
      const first = await ground.node()
      const nodes = engine === 'sqlite' ? [first] : [first, await ground.node(), await ground.node()]
      const kid = kidOf(await first.ring.sign('RS256', 'JWT', {}))
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => revokeSigningKey((nodes[index % nodes.length] ?? first).ring, kid, 'lost', operator, ground.clock.time)),
      )
      assert.equal(new Set(outcomes.map(({ current }) => current?.kid)).size, 1)
      assert.equal((await ground.database.query("select * from events where type = 'signing_key.revoked'")).length, 1)
    })

    it('J1 E7: a new secret key with the former one beside it seals every private half anew; then the former one opens nothing', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring, store } = await ground.node()
      const token = await ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time))
      const sealed = () => ground.database.query('select kid, sealed_private_key from signing_keys order by kid')
      const before = await sealed()
      const newKey = randomBytes(32)
      const open = (...keys: [Buffer, ...Buffer[]]) => ground.node({ vault: sealedVault(keys), store })
      await assert.rejects(open(newKey), /formerSecretKeys/)
      await assert.rejects(open(newKey, randomBytes(32)), /formerSecretKeys/)
      assert.deepEqual(await sealed(), before, 'a start that failed changed nothing')
      const [changed] = await Promise.all([open(newKey, secretKey), open(newKey, randomBytes(32), secretKey)])
      const after = await sealed()
      assert.ok(after.every((row, index) => row['sealed_private_key'] !== before[index]?.['sealed_private_key']))
      await isGood(changed.ring, token, 'ES256', ground.clock.time)
      await isGood(changed.ring, await changed.ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time)), 'ES256', ground.clock.time)
      await open(newKey)
      await open(newKey, secretKey)
      assert.deepEqual(await sealed(), after, 'what is sealed under the new one is left as it is')
      await assert.rejects(open(secretKey), /formerSecretKeys/)

      // A node that still runs with the former one goes on with what it has opened, and with those it cannot open says so.
      await ring.refresh()
      await isGood(ring, await ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time)), 'ES256', ground.clock.time)
    })

    it('J1 R3: a node that cannot open what another made goes on with the key it has, says so, and refuses with 503 where it has none', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring, store, troubles } = await ground.node()
      const newer = await ground.node({ vault: sealedVault([randomBytes(32), secretKey]), store })
      await rotateSigningKeys(newer.ring, { algorithm: 'ES256' }, operator, ground.clock.time)
      await ring.refresh()
      ground.clock.time += policy.publishAheadMs
      await isGood(newer.ring, await ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time)), 'ES256', ground.clock.time)
      assert.match(troubles.join(), /cannot be opened/)
      await newer.ring.ensure('PS256')
      await assert.rejects(async () => ring.sign('PS256', 'JWT', {}), { code: 'store_unavailable' })
    })

    it('J1: a signer elsewhere answers later, and its tokens are as good', async (t) => {
      const ground = await groundOn(t, engine)
      const here = sealedVault([secretKey])
      const elsewhere: Vault = {
        ...here,
        open: (key) => {
          const signer = here.open(key)
          return { sign: (data) => new Promise((resolve) => setImmediate(() => resolve(signer.sign(data)))) }
        },
      }
      const { ring } = await ground.node({ vault: elsewhere })
      const answer = ring.sign('ES256', 'session+jwt', claimsAt(ground.clock.time))
      assert.ok(answer instanceof Promise)
      await isGood(ring, await answer, 'ES256', ground.clock.time)
    })

    it('J2 R3: with the store away signing goes on, over the planned moment too; what is due waits', async (t) => {
      const ground = await groundOn(t, engine)
      const { ring, store } = await ground.node()
      const [next] = await rotateSigningKeys(ring, { algorithm: 'ES256' }, operator, ground.clock.time)
      await store.close()
      ground.clock.time += policy.publishAheadMs
      assert.equal(kidOf(await ring.sign('ES256', 'JWT', {})), next?.kid)
      await assert.rejects(keepSchedule(ring, ground.clock.time), { code: 'store_unavailable' })
      await assert.rejects(rotateSigningKeys(ring, {}, operator, ground.clock.time), { code: 'store_unavailable' })
      const later = await ground.node()
      await keepSchedule(later.ring, ground.clock.time)
      assert.equal(statesOf(later.ring, 'ES256'), 'current,retired')
    })
  })
}

async function isGood(ring: KeyRing, token: string, name: string, now: number): Promise<void> {
  const keys = { keys: ring.publicKeys() }
  const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys as unknown as JSONWebKeySet), {
    algorithms: [name],
    typ: 'session+jwt',
    issuer,
    currentDate: new Date(now),
  })
  assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ'])
  const known = readKeySet(keys)
  const sdk = createAuthenticator(
    { clock: { now: () => now }, freshAt: () => now, findKey: (kid) => known?.get(kid), findCredential: async () => undefined },
    { issuer, audience: issuer, environment: 'live' },
  )
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await sdk.authenticate({ method: 'GET', url: '/', headers, secure: true, loopback: false })).subject, 'usr_1')
}
