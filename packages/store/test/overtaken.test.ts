/**
 * PostgreSQL runs acts beside one another. What is begun beside an ending either comes first, and then the ending finds it and tells of it, or comes after, and then it is refused: else a signed
 * token would be handed out that no entry of the feed ends.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Consent } from '@latchwork/oauth'
import pg from 'pg'
import type { Store } from '../src/index.ts'
import { createDatabase, type TestDatabase } from './engines.ts'
import {
  HOUR,
  idOf,
  journalOf,
  newAuthorization,
  newDigest,
  newKey,
  newSession,
  noJournal,
  type Parties,
  T0,
  writeParties,
  writePerson,
  writeSignedInTo,
} from './records.ts'
import { until } from './until.ts'

describe('what is begun beside an ending (postgres)', () => {
  let database: TestDatabase
  let node: Store
  before(async () => {
    database = await createDatabase('postgres')
    node = await database.open()
  })
  after(() => database?.drop())

  const waiting = async (): Promise<number> =>
    (await database.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).length

  /** Holds the first act up where it meets what `held` locks: a table it writes, or a row; lets the second come as far as it can, and gives what both answer. */
  async function beside<A, B>(t: TestContext, held: string, first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]> {
    assert.ok(database.options.engine === 'postgres')
    const holder = new pg.Client({ connectionString: database.options.url })
    await holder.connect()
    t.after(() => holder.end())
    await holder.query(`begin; ${held.startsWith('select') ? held : `lock table ${held} in exclusive mode`}`)
    const one = first()
    await until(async () => (await waiting()) === 1, 'the first act waits')
    let isAnswered = false
    const two = second().finally(() => {
      isAnswered = true
    })
    await until(async () => isAnswered || (await waiting()) === 2, 'the second act is answered, or waits')
    await holder.query('commit')
    return Promise.all([one, two])
  }
  const told = async (head: number) => (await node.feed.read(head, 100)).map(({ lifeline }) => lifeline)
  const deliveries = async (sessionId: string) => (await database.query(`select 1 from logout_deliveries where session_id = '${sessionId}'`)).length

  it('O16 R1: after a sign-out nothing is authorized in its session, and an authorization before it is told of it', async (t) => {
    const parties = await writeSignedInTo(node)
    const { userId, sessionId } = parties
    const signOut = () => node.accounts.endLoginSession(sessionId, userId, 'signed_out', T0, journalOf(`session:${sessionId}`))
    const late = newAuthorization(parties, { offline: true })
    assert.deepEqual(await beside(t, 'revocations', signOut, () => node.oauth.authorize(late, noJournal)), [true, false])
    assert.equal(await deliveries(sessionId), 1)

    const others = await writeParties(node, { settings: { backchannelLogoutUri: 'https://acme.example/logout' } })
    const early = newAuthorization(others)
    const grant = { ...early.grant, scopes: ['openid'], begunIn: others.sessionId }
    const begin = () => node.oauth.authorize({ ...early, consent: { ...early.consent, scopes: ['openid'] }, grant }, noJournal)
    const end = () => node.accounts.endLoginSession(others.sessionId, others.userId, 'signed_out', T0, journalOf(`session:${others.sessionId}`))
    const head = await node.feed.head()
    assert.deepEqual(await beside(t, 'codes', begin, end), [true, true])
    assert.equal(await deliveries(others.sessionId), 1, 'the application hears of the sign-out')
    assert.ok((await told(head)).includes(`grant:${grant.id}`))
  })

  it('O17 R1: after a consent is taken back it is remembered by nobody, and a grant before it ends by name', async (t) => {
    const parties = await writeParties(node)
    const { userId } = parties
    const { consent, ...first } = newAuthorization(parties)
    await node.oauth.authorize({ consent, ...first }, noJournal)
    const again = () => ({ ...newAuthorization(parties, { consent, offline: true }), isRemembered: true })
    const takeBack = () => node.oauth.endConsent(consent.id, userId, T0, journalOf(`consent:${consent.id}`))
    const head = await node.feed.head()
    const early = again()
    assert.deepEqual(await beside(t, 'codes', () => node.oauth.authorize(early, noJournal), takeBack), [true, true])
    assert.ok((await told(head)).includes(`grant:${early.grant.id}`))

    const second = newAuthorization(parties)
    await node.oauth.authorize(second, noJournal)
    const late = { ...newAuthorization(parties, { consent: second.consent, offline: true }), isRemembered: true }
    const takeSecondBack = () => node.oauth.endConsent(second.consent.id, userId, T0, journalOf(`consent:${second.consent.id}`))
    assert.deepEqual(await beside(t, 'revocations', takeSecondBack, () => node.oauth.authorize(late, noJournal)), [true, false])
  })

  /** A key that was bought under a consent, and how it is rolled. */
  async function writeConnected() {
    const parties = await writeParties(node)
    const { consent, grant, code, sessionId } = newAuthorization(parties, { consent: consentOf(parties) })
    await node.oauth.authorize({ consent, grant, code, sessionId }, noJournal)
    const { accountId, clientId } = parties
    const bought = {
      consentId: consent.id,
      grantId: grant.id,
      clientId,
      accountId,
      environment: 'live',
      name: 'Acme',
      scopes: ['notes:read', 'notes:write'],
    } as const
    const newConnected = () => ({ ...bought, id: idOf('key'), digest: newDigest(), fingerprint: 'rk_live_…wxyz', createdAt: T0, formerUntil: T0 + HOUR })
    const connectedKey = newConnected()
    assert.equal(await node.oauth.redeemCode({ codeDigest: code.digest, now: T0, connectedKey }, noJournal), true)
    const successor = { id: idOf('key'), digest: newDigest(), fingerprint: 'rk_live_…wxyz', createdBy: 'root_1', createdAt: T0 }
    const roll = () => node.apiKeys.rollKeys([{ keyId: connectedKey.id, successor, endsAt: T0 + HOUR, overlapMs: HOUR }], T0, journalOf())
    const found = async () => (await node.apiKeys.findKeyByDigest(successor.digest))?.record
    return { parties, consent, grant, connectedKey, newConnected, successor, roll, found }
  }
  function consentOf({ userId, clientId }: Parties, scopes: readonly string[] = ['notes:read', 'notes:write', 'api_key']): Consent {
    return { id: idOf('consent'), userId, clientId, scopes, audience: ['https://api.example'], givenAt: T0 }
  }

  it('K17 R1: what a person leaves out while a key is rolled, its successor loses too; a key is made within the last word', async (t) => {
    const { parties, consent, roll, found } = await writeConnected()
    const narrower = { ...consent, scopes: ['notes:read', 'api_key'] }
    const narrow = () =>
      node.oauth.authorize({ ...newAuthorization(parties, { consent: narrower }), withdrawn: { scopes: ['notes:write'], tokensUntil: T0 + HOUR } }, noJournal)
    const [, isNarrowed] = await beside(t, 'events', roll, narrow)
    assert.equal(isNarrowed, true)
    assert.deepEqual((await found())?.principal.scopes, ['notes:read'])

    const others = await writeConnected()
    const less = { ...others.consent, scopes: ['notes:read'] }
    const withdraw = () =>
      node.oauth.authorize(
        { ...newAuthorization(others.parties, { consent: less }), withdrawn: { scopes: ['notes:write', 'api_key'], tokensUntil: T0 + HOUR } },
        noJournal,
      )
    const key = newKey(others.parties.accountId, { kind: 'rk', consentId: others.consent.id, scopes: ['notes:write'] })
    assert.deepEqual(await beside(t, 'codes', withdraw, () => node.apiKeys.createKey(key, noJournal)), [true, 'not_consented'])
  })

  it('K17 O4 R1: a code that comes twice while the key it bought is rolled ends the successor', async (t) => {
    const { grant, roll, found } = await writeConnected()
    const replay = () => node.authority.endGrant(grant.id, 'code_replayed', T0, journalOf(`grant:${grant.id}`))
    const head = await node.feed.head()
    const [, isEnded] = await beside(t, 'events', roll, replay)
    assert.equal(isEnded, true)
    assert.equal((await found())?.alive, false)
    assert.ok((await told(head)).includes(`grant:${grant.id}`))
  })

  it('K17 R1: of a consent’s keys two are alive at most, also where one is bought while another is rolled', async (t) => {
    const { parties, consent, newConnected, roll } = await writeConnected()
    const again = newAuthorization(parties, { consent })
    await node.oauth.authorize(again, noJournal)
    const connectedKey = { ...newConnected(), grantId: again.grant.id }
    const buy = () => node.oauth.redeemCode({ codeDigest: again.code.digest, now: T0, connectedKey }, noJournal)
    const [, isBought] = await beside(t, 'events', roll, buy)
    assert.equal(isBought, true)
    const living = await database.query(`select id from api_keys where consent_id = '${consent.id}' and (expires_at is null or expires_at > ${T0})`)
    assert.equal(living.length, 2)
  })

  it('K19 R1: a policy that is removed while keys of its account are taken under it takes them along', async (t) => {
    const { account } = await writePerson(node)
    const [one, other] = [newKey(account.id), newKey(account.id)]
    for (const key of [one, other]) await node.apiKeys.createKey(key, noJournal)
    const owner = { accountId: account.id, environment: 'live' } as const
    const terms = { schedule: { everyMs: HOUR }, overlapMs: HOUR, target: 'vault', path: `${account.id}/{key}`, createdBy: 'root_1', createdAt: T0 }
    await node.rotations.setPolicy({ id: idOf('rotation'), ...owner, ...terms }, () => noJournal)
    const adopt = () => node.rotations.adoptKeys(T0, 100)
    const remove = () => node.rotations.removePolicy(owner, T0, () => noJournal)
    const [adopted, removed] = await beside(t, `select id from api_keys where id = '${other.id}' for update`, adopt, remove)
    assert.deepEqual([adopted, removed?.policy.accountId], [2, account.id])
    for (const { id } of [one, other]) assert.equal(await node.rotations.findRotation(id), undefined)
  })

  it('J7 R1: a sign-in beside the disabling of the person is refused, or told of to every verifier', async (t) => {
    const disable = (userId: string) => node.accounts.disableUser(userId, T0, T0, journalOf())
    const [one, other] = [await writePerson(node), await writePerson(node)]
    await node.sessions.startSession(newSession(one.user.id), noJournal)
    const late = newSession(one.user.id)
    assert.deepEqual(
      await beside(
        t,
        'revocations',
        () => disable(one.user.id),
        () => node.sessions.startSession(late, noJournal),
      ),
      ['changed', 'disabled'],
    )

    const early = newSession(other.user.id)
    const head = await node.feed.head()
    assert.deepEqual(
      await beside(
        t,
        'refresh_tokens',
        () => node.sessions.startSession(early, noJournal),
        () => disable(other.user.id),
      ),
      ['started', 'changed'],
    )
    assert.ok((await told(head)).includes(`session:${early.login.id}`))
  })
})
