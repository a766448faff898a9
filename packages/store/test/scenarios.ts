/** Acts to be cut short: what must be there before, the act itself (from plain JSON, so that another process can do it), and what it answers when it succeeds. */
import { removeOldEvents, sealBatch, sealKeysOf } from '@latchwork/events'
import type { Lifeline } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { accept, eventsOf, keys, removeAll, sealAll } from './chains.ts'
import {
  HOUR,
  idOf,
  journalOf,
  newAccessToken,
  newAuthorization,
  newClient,
  newDigest,
  newKey,
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

export interface Scenario<P> {
  readonly prepare: (store: Store) => Promise<P>
  /** True if the act took place. */
  readonly act: (store: Store, prepared: P) => Promise<boolean>
}

const scenario = <P>(parts: Scenario<P>): Scenario<P> => parts

/** To whom every seal is one under an unknown key. */
const STRANGE = sealKeysOf([Buffer.alloc(32, 'strange')])

async function claimedRotation(store: Store) {
  const { account } = await writePerson(store)
  const key = newKey(account.id)
  await store.apiKeys.createKey(key, noJournal)
  const policy = { id: idOf('rotation'), accountId: account.id, environment: 'live', keyId: key.id, schedule: { everyMs: HOUR }, overlapMs: 0 } as const
  await store.rotations.setPolicy({ ...policy, target: 'vault', path: key.id, createdBy: 'root_1', createdAt: T0 }, () => noJournal)
  const claim = await store.rotations.claimOne(key.id, T0, T0 + HOUR)
  if (typeof claim !== 'object') throw new Error('the rotation is not there')
  const successor = { id: idOf('key'), digest: newDigest(), fingerprint: 'sk_live_…abcd', createdBy: 'system', createdAt: T0 }
  return { claim, roll: { keyId: key.id, successor, overlapMs: HOUR } }
}

export const scenarios = {
  redeemCode: scenario({
    async prepare(store) {
      const parties = await writeParties(store)
      const authorization = newAuthorization(parties)
      await store.oauth.authorize(authorization, noJournal)
      const { grant, code } = authorization
      return { codeDigest: code.digest, now: T0, accessToken: newAccessToken(grant, parties.clientId), refreshToken: newRefreshToken(grant.id, 0) }
    },
    act: (store, redemption) => store.oauth.redeemCode(redemption, journalOf()),
  }),
  redeemCodeForKey: scenario({
    async prepare(store) {
      const parties = await writeParties(store)
      const { userId, clientId } = parties
      const given = { id: idOf('consent'), userId, clientId, scopes: ['notes:read', 'api_key'], audience: ['https://api.example'], givenAt: T0 }
      const authorization = newAuthorization(parties, { consent: given })
      await store.oauth.authorize(authorization, noJournal)
      const { grant, code, consent } = authorization
      const own = { id: idOf('key'), digest: newDigest(), fingerprint: 'rk_live_…abcd', name: 'Acme', scopes: [], createdAt: T0, formerUntil: T0 + HOUR }
      const key = { ...own, accountId: parties.accountId, environment: 'live', clientId: parties.clientId, consentId: consent.id, grantId: grant.id } as const
      const former = { ...newKey(parties.accountId, { kind: 'rk', consentId: consent.id, grantId: grant.id }) }
      await store.apiKeys.createKey(former, noJournal)
      return { codeDigest: code.digest, now: T0, accessToken: newAccessToken(grant, parties.clientId), connectedKey: key }
    },
    act: (store, redemption) => store.oauth.redeemCode(redemption, journalOf()),
  }),
  redeemCodeForJwt: scenario({
    async prepare(store) {
      const authorization = newAuthorization(await writeParties(store))
      await store.oauth.authorize(authorization, noJournal)
      return { codeDigest: authorization.code.digest, now: T0, refreshToken: newRefreshToken(authorization.grant.id, 0) }
    },
    act: (store, redemption) => store.oauth.redeemCode(redemption, journalOf()),
  }),
  endSelfContainedToken: scenario({
    prepare: async () => ({ id: idOf('token'), clientId: 'app', expiresAt: T0 + HOUR }),
    act: (store, token) => store.authority.endSelfContainedToken(token, T0, journalOf(`token:${token.id}`)),
  }),
  rotateRefreshToken: scenario({
    async prepare(store) {
      const { grant, refreshToken, parties } = await writeRedeemed(store)
      return { consumedDigest: refreshToken.digest, now: T0, successor: newRefreshToken(grant.id, 1), accessToken: newAccessToken(grant, parties.clientId) }
    },
    act: (store, rotation) => store.authority.rotateRefreshToken(rotation, journalOf()),
  }),
  createClientOnce: scenario({
    async prepare(store) {
      const token = { id: idOf('initial_token'), name: 'x', fingerprint: 'x', usesLeft: 1, createdAt: T0, expiresAt: T0 + HOUR }
      await store.oauth.createInitialToken(token, newDigest(), noJournal)
      return { client: newClient(), digest: newDigest(), terms: { registrationDigest: newDigest(), initialTokenId: token.id } }
    },
    act: async (store, { client, digest, terms }) => (await store.oauth.createClient(client, digest, journalOf(), terms)) === 'created',
  }),
  rollClientSecret: scenario({
    async prepare(store) {
      const client = newClient()
      await store.oauth.createClient(client, newDigest(), noJournal)
      return { clientId: client.id, digest: newDigest(), formerEndsAt: T0 + HOUR, endsOlder: false, now: T0 }
    },
    act: async (store, roll) => (await store.oauth.rollClientSecret(roll, journalOf())) === 'rolled',
  }),
  updateClient: scenario({
    async prepare(store) {
      const client = newClient()
      await store.oauth.createClient(client, newDigest(), noJournal)
      return { before: client, after: { ...client, name: 'Changed' }, digest: newDigest() }
    },
    act: async (store, { before, after, digest }) => (await store.oauth.updateClient(before, after, T0, journalOf(), { secret: { digest } })) !== undefined,
  }),
  sealEvents: scenario({
    prepare: async (store) => {
      await sealAll(store)
      await store.events.writeEvents(eventsOf(5))
    },
    act: async (store) => (await store.eventChain.sealNext(100, (before, events) => sealBatch(keys, before, events, T0))) !== undefined,
  }),
  acceptBreaks: scenario({
    async prepare(store) {
      await store.events.writeEvents(eventsOf(5))
      await sealAll(store)
      return (await store.eventChain.findNewestSeal())?.number ?? 0
    },
    act: async (store, batch) =>
      (await store.eventChain.findAccepted(batch)) === undefined && (await accept(store, { batch, reason: 'key_unknown' }, STRANGE)) === 1,
  }),
  removeEvents: scenario({
    prepare: async (store) => {
      await sealAll(store)
      await removeAll(store, T0 + HOUR)
      const left = (await store.eventChain.findNewestSeal()) === undefined ? 0 : 1 // the newest stays
      for (let batch = left; batch < 3; batch++) {
        await store.events.writeEvents(eventsOf(5))
        await sealAll(store)
      }
      return (await store.eventChain.findNewestSeal())?.number ?? 0
    },
    act: async (store, newest) =>
      (await store.eventChain.findFloor()).number < newest - 1 && removeOldEvents(store.eventChain, keys, { before: T0 + HOUR, now: T0 + HOUR }, 1000),
  }),
  removeOverEntries: scenario({
    async prepare(store) {
      const write = async (...lifelines: readonly Lifeline[]) => {
        const client = newClient()
        await store.oauth.createClient(client, newDigest(), noJournal)
        await store.oauth.disableClient(client.id, T0, journalOf(...lifelines))
      }
      await write('key:a')
      await store.feed.removeOver(T0 + 2 * HOUR, 100) // what is left is the newest
      await write('key:b', 'key:c')
      return 2
    },
    act: (store, limit) => store.feed.removeOver(T0 + 2 * HOUR, limit),
  }),
  removeUnusedRegistrations: scenario({
    async prepare(store) {
      const client = newClient({ createdAt: T0 - 1000 * HOUR })
      await store.oauth.createClient(client, newDigest(), noJournal, { registrationDigest: newDigest() })
      return client.id
    },
    act: async (store, id) => (await store.oauth.removeUnusedRegistrations(T0 - 900 * HOUR, 10, () => journalOf())).includes(id),
  }),
  startSession: scenario({
    prepare: async (store) => newSession((await writePerson(store)).user.id),
    act: async (store, session) => (await store.sessions.startSession({ ...session, formDigest: session.login.id }, journalOf())) === 'started',
  }),
  renewSession: scenario({
    async prepare(store) {
      const session = newSession((await writePerson(store)).user.id)
      await store.sessions.startSession(session, noJournal)
      const next = newSession(session.login.userId)
      const login = { ...session.login, digest: newDigest() }
      const grant = { ...next.grant, sessionId: login.id }
      return { login, grant, refreshToken: next.refreshToken, formerDigest: session.login.digest, now: T0, revokedUntil: T0 + HOUR }
    },
    act: (store, renewal) => store.sessions.renewSession(renewal, journalOf()),
  }),
  replaceSession: scenario({
    async prepare(store) {
      const session = newSession((await writePerson(store)).user.id)
      await store.sessions.startSession(session, noJournal)
      const { id: sessionId, userId } = session.login
      return { next: newSession((await writePerson(store)).user.id), former: { sessionId, userId, reason: 'another_signed_in', journal: journalOf() } }
    },
    act: async (store, { next, former }) => (await store.sessions.startSession(next, journalOf(), former)) === 'started',
  }),
  disableUser: scenario({
    prepare: async (store) => (await writeRedeemed(store)).parties.userId,
    act: async (store, userId) => (await store.accounts.disableUser(userId, T0, T0 + HOUR, journalOf())) === 'changed',
  }),
  retryRefresh: scenario({
    async prepare(store) {
      const { grant, refreshToken, parties } = await writeRedeemed(store)
      const successor = newRefreshToken(grant.id, 1)
      await store.authority.rotateRefreshToken({ consumedDigest: refreshToken.digest, now: T0, successor }, noJournal)
      return { consumedDigest: refreshToken.digest, successorDigest: successor.digest, now: T0, accessToken: newAccessToken(grant, parties.clientId) }
    },
    act: (store, retry) => store.authority.retryRefreshToken(retry, journalOf()),
  }),
  createKey: scenario({
    async prepare(store) {
      const { account } = await writePerson(store)
      await store.apiKeys.createKey(newKey(account.id, { expiresAt: T0 - 1 }), noJournal)
      return newKey(account.id)
    },
    act: async (store, key) => (await store.apiKeys.createKey(key, journalOf())) !== 'slots_taken',
  }),
  rollKeys: scenario({
    async prepare(store) {
      const { account } = await writePerson(store)
      const key = newKey(account.id)
      await store.apiKeys.createKey(key, noJournal)
      const successor = { id: idOf('key'), digest: newDigest(), fingerprint: 'sk_live_…abcd', createdBy: 'root_1', createdAt: T0 }
      return { keyId: key.id, successor, overlapMs: HOUR }
    },
    act: async (store, roll) => Array.isArray(await store.apiKeys.rollKeys([roll], T0, journalOf(`key:${roll.keyId}`))),
  }),
  revokeKey: scenario({
    async prepare(store) {
      const { account } = await writePerson(store)
      const [key, other] = [newKey(account.id), newKey(account.id)]
      await store.apiKeys.createKey(key, noJournal)
      await store.apiKeys.createKey(other, noJournal)
      return { keyId: key.id }
    },
    act: (store, { keyId }) => store.apiKeys.revokeKey(keyId, 'leaked', T0, journalOf(`key:${keyId}`)),
  }),
  createKeyOnce: scenario({
    prepare: async (store) => newKey((await writePerson(store)).account.id, { kind: 'rk' }),
    async act(store, key) {
      const once = { makerId: 'root_1', key: key.id, requestDigest: 'd', now: T0, until: T0 + HOUR }
      const made = await store.apiKeys.createKey(key, journalOf(), { once })
      return typeof made === 'object' && 'id' in made
    },
  }),
  beginRotation: scenario({
    async prepare(store) {
      const { claim, roll } = await claimedRotation(store)
      return { claim, roll }
    },
    act: async (store, { claim, roll }) => {
      const begun = await store.rotations.beginRotation(claim, roll, 'seed', T0, journalOf(`key:${roll.keyId}`))
      return typeof begun === 'object' && 'key' in begun
    },
  }),
  settleRotation: scenario({
    async prepare(store) {
      const { claim, roll } = await claimedRotation(store)
      await store.rotations.beginRotation(claim, roll, 'seed', T0, noJournal)
      return { claim, keyId: roll.successor.id }
    },
    act: (store, { claim, keyId }) =>
      store.rotations.settleRotation(
        claim,
        { keyId, nextAt: T0 + HOUR, failures: 0, isSettled: true, attempt: { at: T0, outcome: 'delivered', note: 'written', keyId: claim.keyId } },
        journalOf(),
      ),
  }),
  promoteSigningKey: scenario({
    async prepare(store) {
      const { current, next } = await writeSigningKeys(store)
      return { kid: next.kid, formerKid: current.kid, retiredAt: T0, publishedUntil: T0 + HOUR }
    },
    act: (store, promotion) => store.signing.promoteSigningKey(promotion, journalOf()),
  }),
  revokeSigningKey: scenario({
    async prepare(store) {
      const { current } = await writeSigningKeys(store)
      return { kid: current.kid, now: T0 }
    },
    act: async (store, revocation) => (await store.signing.revokeSigningKey(revocation, journalOf(`signing_key:${revocation.kid}`))) === 'revoked',
  }),
  replaceSigningKey: scenario({
    async prepare(store) {
      const { current, next } = await writeSigningKeys(store)
      await store.signing.revokeSigningKey({ kid: next.kid, now: T0 }, noJournal)
      return { kid: current.kid, now: T0, replacement: { key: newSigningKey('ES256', 'current'), events: journalOf().events } }
    },
    act: async (store, revocation) => (await store.signing.revokeSigningKey(revocation, journalOf(`signing_key:${revocation.kid}`))) === 'revoked',
  }),
  allowDevice: scenario({
    prepare: async (store) => (await writeOpened(store)).authorization,
    act: (store, authorization) => store.oauth.allowDevice(authorization, journalOf()),
  }),
  redeemDevice: scenario({
    async prepare(store) {
      const { authorization, device, parties } = await writeOpened(store)
      await store.oauth.allowDevice(authorization, noJournal)
      const { grant } = authorization
      return { deviceDigest: device.digest, now: T0, accessToken: newAccessToken(grant, parties.clientId), refreshToken: newRefreshToken(grant.id, 0) }
    },
    act: (store, redemption) => store.oauth.redeemDevice(redemption, journalOf()),
  }),
  endLoginSession: scenario({
    prepare: writeSignedInTo,
    act: (store, { sessionId, userId }) => store.accounts.endLoginSession(sessionId, userId, 'signed_out', T0, journalOf(`session:${sessionId}`)),
  }),
  endConsent: scenario({
    async prepare(store) {
      const { parties, consent } = await writeRedeemed(store)
      return { consentId: consent.id, userId: parties.userId }
    },
    act: (store, { consentId, userId }) => store.oauth.endConsent(consentId, userId, T0, journalOf(`consent:${consentId}`)),
  }),
  endGrant: scenario({
    prepare: async (store) => ({ grantId: (await writeRedeemed(store)).grant.id }),
    act: (store, { grantId }) => store.authority.endGrant(grantId, 'test', T0, journalOf(`grant:${grantId}`)),
  }),
  authorize: scenario({
    prepare: async (store) => newAuthorization(await writeParties(store)),
    act: (store, authorization) => store.oauth.authorize(authorization, journalOf()),
  }),
}

/** A current and a next key; those of an earlier round are gone. */
async function writeSigningKeys(store: Store) {
  const [current, next] = [newSigningKey('ES256', 'current'), newSigningKey('ES256', 'next')]
  for (const state of ['next', 'current'] as const)
    for (const key of await store.signing.listSigningKeys())
      if (key.state === state) {
        const replacement = { key: current, events: [] }
        await store.signing.revokeSigningKey({ kid: key.kid, now: T0, ...(state === 'current' ? { replacement } : {}) }, noJournal)
      }
  await store.signing.addSigningKey(current, noJournal)
  await store.signing.addSigningKey(next, noJournal)
  return { current, next }
}

export type ScenarioName = keyof typeof scenarios
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
/** The scenario, with what it prepared taken as it came over the wire. */
export const scenarioOf = (name: ScenarioName): Scenario<unknown> => scenarios[name] as Scenario<unknown>
