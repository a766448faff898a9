/** Acts to be cut short: what must be there before, the act itself (from plain JSON, so that another process can do it), and what it answers when it succeeds. */
import type { Store } from '../src/index.ts'
import {
  HOUR,
  idOf,
  journalOf,
  newAccessToken,
  newAuthorization,
  newDigest,
  newKey,
  newRefreshToken,
  newSession,
  noJournal,
  T0,
  writeParties,
  writePerson,
  writeRedeemed,
} from './records.ts'

export interface Scenario<P> {
  readonly prepare: (store: Store) => Promise<P>
  /** True if the act took place. */
  readonly act: (store: Store, prepared: P) => Promise<boolean>
}

const scenario = <P>(parts: Scenario<P>): Scenario<P> => parts

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
      const authorization = newAuthorization(parties)
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
  rotateRefreshToken: scenario({
    async prepare(store) {
      const { grant, refreshToken, parties } = await writeRedeemed(store)
      return { consumedDigest: refreshToken.digest, now: T0, successor: newRefreshToken(grant.id, 1), accessToken: newAccessToken(grant, parties.clientId) }
    },
    act: (store, rotation) => store.authority.rotateRefreshToken(rotation, journalOf()),
  }),
  startSession: scenario({
    prepare: async (store) => newSession((await writePerson(store)).user.id),
    act: (store, session) => store.sessions.startSession(session, journalOf()),
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
  endGrant: scenario({
    prepare: async (store) => ({ grantId: (await writeRedeemed(store)).grant.id }),
    act: (store, { grantId }) => store.authority.endGrant(grantId, 'test', T0, journalOf(`grant:${grantId}`)),
  }),
  authorize: scenario({
    prepare: async (store) => newAuthorization(await writeParties(store)),
    act: (store, authorization) => store.oauth.authorize(authorization, journalOf()),
  }),
}

export type ScenarioName = keyof typeof scenarios
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]
/** The scenario, with what it prepared taken as it came over the wire. */
export const scenarioOf = (name: ScenarioName): Scenario<unknown> => scenarios[name] as Scenario<unknown>
