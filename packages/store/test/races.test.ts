import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Store } from '../src/index.ts'
import { createDatabase, type EngineName, type TestDatabase } from './engines.ts'
import {
  HOUR,
  idOf,
  journalOf,
  newAccessToken,
  newAuthorization,
  newDevice,
  newDigest,
  newKey,
  newPerson,
  newRefreshToken,
  newSession,
  newSigningKey,
  noJournal,
  T0,
  writeOpened,
  writeParties,
  writePerson,
  writeRedeemed,
  writeSignedInTo,
} from './records.ts'

const AT_ONCE = 100

/** One process has SQLite to itself; PostgreSQL is raced from one node and from three. */
const grounds: readonly { readonly engine: EngineName; readonly nodes: number }[] = [
  { engine: 'sqlite', nodes: 1 },
  { engine: 'postgres', nodes: 1 },
  { engine: 'postgres', nodes: 3 },
]

for (const { engine, nodes } of grounds) {
  describe(`100 at the same moment (${engine}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'})`, () => {
    let database: TestDatabase
    let stores: Store[]
    let store: Store
    before(async () => {
      database = await createDatabase(engine)
      stores = await Promise.all(Array.from({ length: nodes }, () => database.open()))
      store = stores[0] ?? assert.fail('no node')
    })
    after(() => database?.drop())

    function race<T>(attempt: (node: Store, index: number) => Promise<T>, atOnce = AT_ONCE): Promise<T[]> {
      return Promise.all(Array.from({ length: atOnce }, (_, index) => attempt(stores[index % nodes] ?? store, index)))
    }
    const count = async (from: string) => Number((await database.query(`select count(*) as n from ${from}`))[0]?.['n'])
    const wins = (outcomes: readonly unknown[], won: unknown) => outcomes.filter((outcome) => outcome === won).length

    it('O10 R1: one self-contained token ends once, and is alive to nobody after', async () => {
      const { grant, parties } = await writeRedeemed(store)
      const token = { id: idOf('token'), clientId: parties.clientId, grantId: grant.id, scopes: grant.scopes, expiresAt: T0 + HOUR }
      assert.ok(await store.authority.findRightsBehind(token))
      const [events, revocations] = [await count('events'), await count('revocations')]
      const outcomes = await race((node) => node.authority.endSelfContainedToken(token, T0, journalOf(`token:${token.id}`)))
      assert.equal(wins(outcomes, true), 1)
      assert.deepEqual([await count('events'), await count('revocations')], [events + 1, revocations + 1])
      for (const node of stores) assert.equal(await node.authority.findRightsBehind(token), undefined)
    })

    it('O6 R1: nodes that start at once share one salt of pairwise subjects', async () => {
      const salts = await race((node, index) => node.oauth.fixPairwiseSalt(`salt ${index}`))
      assert.equal(new Set(salts).size, 1)
      assert.equal(await store.oauth.fixPairwiseSalt('another'), salts[0])
    })

    it('O10 R1: of nodes that start at once each sees what the one before it wrote of the configuration', async () => {
      const told = await race((node) => node.authority.bringConfiguredInLine((before = '') => ({ value: `${before}1`, journal: noJournal })))
      assert.equal(new Set(told).size, AT_ONCE, 'each saw what another wrote')
    })

    it('O4 R1: one code is redeemed once', async () => {
      const parties = await writeParties(store)
      const authorization = newAuthorization(parties)
      await store.oauth.authorize(authorization, noJournal)
      const { grant, code } = authorization
      const events = await count('events')
      const outcomes = await race((node) => {
        const accessToken = newAccessToken(grant, parties.clientId)
        return node.oauth.redeemCode({ codeDigest: code.digest, now: T0, accessToken, refreshToken: newRefreshToken(grant.id, 0) }, journalOf())
      })
      assert.equal(wins(outcomes, true), 1)
      assert.equal(await count(`access_tokens where grant_id = '${grant.id}'`), 1)
      assert.equal(await count(`refresh_tokens where grant_id = '${grant.id}'`), 1)
      assert.equal(await count('events'), events + 1)
    })

    it('O9 R1: one refresh token rotates once, and the family has one leaf', async () => {
      const { grant, refreshToken } = await writeRedeemed(store)
      const outcomes = await race((node) =>
        node.authority.rotateRefreshToken({ consumedDigest: refreshToken.digest, now: T0, successor: newRefreshToken(grant.id, 1) }, noJournal),
      )
      assert.equal(wins(outcomes, true), 1)
      assert.equal(await count(`refresh_tokens where grant_id = '${grant.id}' and consumed_at is null`), 1)
      assert.equal(await count(`refresh_tokens where grant_id = '${grant.id}'`), 2)
    })

    it('O2 R1: one device code is redeemed once', async () => {
      const { authorization, device, parties } = await writeOpened(store)
      assert.equal(await store.oauth.allowDevice(authorization, noJournal), true)
      const { grant } = authorization
      const events = await count('events')
      const outcomes = await race((node) => {
        const accessToken = newAccessToken(grant, parties.clientId)
        return node.oauth.redeemDevice({ deviceDigest: device.digest, now: T0, accessToken, refreshToken: newRefreshToken(grant.id, 0) }, journalOf())
      })
      assert.equal(wins(outcomes, true), 1)
      assert.equal(await count(`access_tokens where grant_id = '${grant.id}'`), 1)
      assert.equal(await count('events'), events + 1)
    })

    it('O2 R1: yes and no to one device: one of them counts, and makes at most one grant', async () => {
      const { authorization, device, parties } = await writeOpened(store)
      const outcomes = await race((node, index) => {
        if (index % 2 === 0) return node.oauth.denyDevice(device.digest, parties.userId, T0, journalOf())
        return node.oauth.allowDevice({ ...authorization, grant: { ...authorization.grant, id: idOf('grant') } }, journalOf())
      })
      assert.equal(wins(outcomes, true), 1)
      const allowed = outcomes.findIndex((outcome) => outcome) % 2 === 1
      assert.equal(await count(`grants where client_id = '${parties.clientId}'`), allowed ? 1 : 0)
      assert.equal(await count(`consents where client_id = '${parties.clientId}'`), allowed ? 1 : 0)
    })

    it('O2 R1: one code entered by 100 people belongs to one of them', async () => {
      const { clientId } = await writeParties(store)
      const people = await Promise.all(Array.from({ length: AT_ONCE }, () => writePerson(store)))
      const device = newDevice(clientId)
      await store.oauth.startDevice(device, noJournal)
      const outcomes = await race((node, index) => node.oauth.openDevice(device.userCode, people[index]?.user.id ?? '', T0, journalOf()))
      assert.equal(wins(outcomes, true), 1)
    })

    it('O2 R1: of 100 polls at the same moment one is in time, and every other makes the interval longer', async () => {
      const { device } = await writeOpened(store)
      const outcomes = await race((node) => node.oauth.notePoll(device.digest, T0, 5000))
      assert.equal(wins(outcomes, 'in_time'), 1)
      assert.equal((await store.oauth.findDevice(device.digest))?.intervalMs, 5000 * AT_ONCE)
    })

    it('O16 R1: a session that ends 100 times is told to its application once, and handed to one node', async () => {
      const { sessionId, userId } = await writeSignedInTo(store)
      const ends = await race((node) => node.accounts.endLoginSession(sessionId, userId, 'signed_out', T0, journalOf(`session:${sessionId}`)))
      assert.equal(wins(ends, true), 1)
      assert.equal(await count(`logout_deliveries where session_id = '${sessionId}'`), 1)
      const claims = await race((node) => node.oauth.claimLogouts(T0, T0 + HOUR, 10))
      assert.equal(claims.flat().filter((delivery) => delivery.sessionId === sessionId).length, 1)
    })

    it('K6 R1: two key places take two keys, one of them primary', async () => {
      const { account } = await writePerson(store)
      const expired = newKey(account.id, { expiresAt: T0 })
      await store.apiKeys.createKey(expired, noJournal)
      const outcomes = await race((node) => node.apiKeys.createKey(newKey(account.id), journalOf()))
      assert.equal(wins(outcomes, 'slots_taken'), AT_ONCE - 2)
      assert.equal(await count(`api_keys where account_id = '${account.id}' and slot is not null`), 2)
      assert.equal(await count(`api_keys where account_id = '${account.id}' and is_primary = 1`), 1)
      assert.equal(await count(`api_keys where account_id = '${account.id}'`), 3)
    })

    it('K6 R1: minting and revoking against each other never pass two, and always leave one primary', async () => {
      for (let round = 0; round < 12; round++) {
        const { account } = await writePerson(store)
        const held = [newKey(account.id), newKey(account.id)] as const
        for (const key of held) await store.apiKeys.createKey(key, noJournal)
        await race<unknown>((node, index) => {
          const gone = held[index]
          return gone === undefined ? node.apiKeys.createKey(newKey(account.id), noJournal) : node.apiKeys.revokeKey(gone.id, 'done', T0, noJournal)
        }, 12)
        const places = await count(`api_keys where account_id = '${account.id}' and slot is not null`)
        assert.ok(places <= 2)
        assert.equal(await count(`api_keys where account_id = '${account.id}' and is_primary = 1`), places === 0 ? 0 : 1)
      }
    })

    it('J9 R1: one form begins one session; who sends it at the same moment is told so', async () => {
      const { user } = await writePerson(store)
      for (let round = 0; round < 5; round++) {
        const [formDigest, digest] = [newDigest(), newDigest()] // the secret is made of the form
        const outcomes = await race((node) => {
          const session = newSession(user.id)
          return node.sessions.startSession({ ...session, login: { ...session.login, digest }, formDigest }, noJournal)
        })
        assert.deepEqual([wins(outcomes, 'started'), wins(outcomes, 'sent_before')], [1, AT_ONCE - 1])
      }
    })

    it('R1: one set-up link makes one operator', async () => {
      const link = { digest: newDigest(), purpose: 'first_operator' as const, createdAt: T0, expiresAt: T0 + HOUR }
      await store.accounts.saveOneTimeLink(link, noJournal)
      const outcomes = await race((node) => node.accounts.claimFirstOperator(link.digest, newPerson({ isOperator: true }), T0, noJournal))
      assert.equal(wins(outcomes, 'claimed'), 1)
      assert.equal(wins(outcomes, 'link_invalid'), AT_ONCE - 1)
      assert.equal(await count('users where is_operator = 1'), 1)
    })

    it('E4 R1: of the last two operators one stays, whether they or their accounts are stopped', async () => {
      await database.query('update users set is_operator = 0')
      for (const byAccount of [false, true]) {
        const operators = [await writePerson(store, { isOperator: true }), await writePerson(store, { isOperator: true })]
        const events = await count('events')
        const outcomes = await race((node, index) => {
          const { user } = operators[index % 2] ?? assert.fail()
          // Each node stops both, by either way.
          return byAccount && index % 4 < 2
            ? node.accounts.disableAccount(user.accountId, T0, journalOf())
            : node.accounts.disableUser(user.id, T0, T0 + HOUR, journalOf())
        })
        assert.ok(wins(outcomes, 'changed') >= 1)
        assert.ok(wins(outcomes, 'last_operator') >= 1)
        assert.equal(await count('events'), events + wins(outcomes, 'changed'))
        const living = await Promise.all(operators.map(({ user }) => store.accounts.findUser(user.id)))
        assert.equal(living.filter((user) => user !== undefined).length, 1)
        assert.equal(await store.accounts.hasOperator(), true)
        await database.query('update users set is_operator = 0')
      }
    })

    it('R1: one address is registered once, and declared without doubling', async () => {
      const email = `${idOf('user')}@example.com`
      const accounts = await count('accounts')
      const outcomes = await race((node) => node.accounts.createUser(newPerson({ email }), noJournal))
      assert.equal(wins(outcomes, 'created'), 1)
      assert.equal(wins(outcomes, 'identifier_taken'), AT_ONCE - 1)
      assert.equal(await count('accounts'), accounts + 1)
      const declared = `${idOf('user')}@example.com`
      await race((node) => node.accounts.declareUser(newPerson({ email: declared }), noJournal))
      assert.equal(await count(`users where email = '${declared}'`), 1)
      assert.equal(await count('accounts'), accounts + 2)
    })

    it('R1: an algorithm gets one first signing key', async () => {
      const outcomes = await race((node) => node.signing.addSigningKey(newSigningKey('ES256', 'current'), noJournal))
      assert.equal(wins(outcomes, true), 1)
      assert.equal((await store.signing.listSigningKeys()).length, 1)
    })

    it('J2 R1: rotations and revocations against each other leave one current signing key, and one act wins each step', async () => {
      const [current, next] = [newSigningKey('PS256', 'current'), newSigningKey('PS256', 'next')]
      await store.signing.addSigningKey(current, noJournal)
      const nexts = await race((node, index) => node.signing.addSigningKey(index === 0 ? next : newSigningKey('PS256', 'next'), noJournal))
      assert.equal(wins(nexts, true), 1)
      const waiting = (await store.signing.listSigningKeys()).find(({ algorithm, state }) => algorithm === 'PS256' && state === 'next')
      const promotion = { kid: waiting?.kid ?? '', formerKid: current.kid, retiredAt: T0, publishedUntil: T0 }
      const events = await count('events')
      const outcomes = await race<unknown>((node, index) => {
        if (index % 4 > 0) return node.signing.promoteSigningKey(promotion, journalOf())
        const replacement = { key: newSigningKey('PS256', 'current'), events: [] }
        return node.signing.revokeSigningKey({ kid: current.kid, now: T0, replacement }, journalOf())
      })
      assert.equal(wins(outcomes, 'revoked'), 1)
      assert.ok(wins(outcomes, true) <= 1)
      assert.equal(await count('events'), events + 1 + wins(outcomes, true))
      assert.equal(await count(`signing_keys where algorithm = 'PS256' and state = 'current'`), 1)
      assert.equal(await count(`signing_keys where algorithm = 'PS256' and state = 'revoked'`), 1)
    })

    it('R1: a grant ends once, with one feed entry', async () => {
      const { grant } = await writeRedeemed(store)
      const head = await store.feed.head()
      const outcomes = await race((node) => node.authority.endGrant(grant.id, 'reuse', T0, journalOf(`grant:${grant.id}`)))
      assert.equal(wins(outcomes, true), 1)
      assert.deepEqual(
        (await store.feed.read(head, 100)).map(({ lifeline }) => lifeline),
        [`grant:${grant.id}`],
      )
    })

    it('R1: many first yeses of one person to one client make one consent, and each its grant', async () => {
      const parties = await writeParties(store)
      const outcomes = await race((node) => node.oauth.authorize(newAuthorization(parties), noJournal))
      assert.equal(wins(outcomes, true), AT_ONCE)
      assert.equal(await count(`consents where user_id = '${parties.userId}'`), 1)
      assert.equal(await count(`grants where consent_id is not null and user_id = '${parties.userId}'`), AT_ONCE)
    })

    it('O9 R1: after a grant has ended, no token that a refresh racing with it handed out is alive', async () => {
      const { grant, refreshToken, parties } = await writeRedeemed(store)
      const handedOut: string[] = []
      let current = refreshToken
      const ending = store.feed.head().then(() => stores.at(-1)?.authority.endGrant(grant.id, 'revoked', T0, journalOf(`grant:${grant.id}`)))
      for (;;) {
        const successor = newRefreshToken(grant.id, current.generation + 1)
        const accessToken = newAccessToken(grant, parties.clientId)
        if (!(await store.authority.rotateRefreshToken({ consumedDigest: current.digest, now: T0, successor, accessToken }, noJournal))) break
        handedOut.push(accessToken.digest)
        current = successor
      }
      assert.equal(await ending, true)
      for (const digest of handedOut) assert.equal((await store.authority.findAccessToken(digest))?.alive, false)
      assert.equal((await store.authority.findRefreshToken(current.digest))?.alive, false)
    })
  })
}
