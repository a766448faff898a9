/** Devices that wait for a person's word: asked for, opened, decided, fetched once (RFC 8628). */
import type { Journal } from '@latchwork/kernel'
import { CONNECTED_KEY_SCOPE, type DeviceAuthorization, type DeviceRedemption, type DeviceStore, type NewDevice } from '@latchwork/oauth'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from '../act.ts'
import { clientIsAlive, grantIsAlive } from '../alive.ts'
import { grantValues } from '../authority/grant-rows.ts'
import { narrowGrantsOfConsent } from '../authority/narrow-grants.ts'
import { insertAccessToken, insertRefreshToken } from '../authority/tokens.ts'
import { jsonOf } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { withKeyChanges } from '../keys/changed-keys.ts'
import { narrowKeysOfConsent } from '../keys/connected-keys.ts'
import { onceForEach, template } from '../template.ts'
import { giveConsent, livingParties } from './authorize.ts'
import { deviceReads } from './device-reads.ts'

export function deviceStore(engine: Engine): DeviceStore {
  const { dialect, act } = engine
  return {
    ...deviceReads(engine),
    startDevice: (device, journal) => act(() => startDevice(dialect, device, journal)),
    openDevice: (userCode, userId, now, journal) => act(() => openDevice(dialect, userCode, userId, now, journal)),
    notePoll: (digest, now, growByMs) => act(() => notePoll(dialect, digest, now, growByMs)),
    allowDevice: (authorization, journal) => act(() => allowDevice(dialect, authorization, journal)),
    denyDevice: (digest, userId, now, journal) => act(() => denyDevice(dialect, digest, userId, now, journal)),
    redeemDevice: (redemption, journal) => act(() => redeemDevice(dialect, redemption, journal)),
    forgetDevices: (before) =>
      act(function* () {
        yield dialect.db.deleteFrom('device_codes').where('expires_at', '<', before).compile()
      }),
  }
}

function* startDevice(dialect: Dialect, device: NewDevice, journal: Journal): Act<'started' | 'user_code_taken' | 'client_ended'> {
  const { db } = dialect
  const client = db
    .selectFrom('clients')
    .select('id')
    .where('id', '=', device.clientId)
    .where(clientIsAlive(dialect, sql.ref('clients.id')))
  // So that a registration that is being removed as unused is either still there to the end or gone.
  if ((yield* rowOf((dialect.name === 'postgres' ? client.forKeyShare() : client).compile())) === undefined) return 'client_ended'
  const made = yield* rowOf(
    db
      .insertInto('device_codes')
      .values({
        digest: device.digest,
        user_code: device.userCode,
        client_id: device.clientId,
        scopes: jsonOf(device.scopes),
        left_out: device.leftOut.length === 0 ? null : jsonOf(device.leftOut),
        audience: jsonOf(device.audience),
        issued_at: device.issuedAt,
        expires_at: device.expiresAt,
        interval_ms: device.intervalMs,
        address: device.address ?? null,
      })
      .onConflict((conflict) => conflict.column('user_code').doNothing())
      .returning('digest')
      .compile(),
  )
  if (made === undefined) return 'user_code_taken'
  yield* writeJournal(dialect, journal)
  return 'started'
}

function* openDevice(dialect: Dialect, userCode: string, userId: string, now: number, journal: Journal): Act<boolean> {
  const { db } = dialect
  const waiting = (owner: 'nobody' | 'own') => {
    const update = db
      .updateTable('device_codes')
      .set({ opened_by: userId })
      .where('user_code', '=', userCode)
      .where('decision', 'is', null)
      .where('expires_at', '>', now)
      .where(clientIsAlive(dialect, 'device_codes.client_id'))
      .returning('digest')
    return (owner === 'nobody' ? update.where('opened_by', 'is', null) : update.where('opened_by', '=', userId)).compile()
  }
  if ((yield* rowOf(waiting('nobody'))) === undefined) return (yield* rowOf(waiting('own'))) !== undefined
  yield* writeJournal(dialect, journal)
  return true
}

/** The row is locked by the update, so that of polls at the same moment one alone is in time. */
function* notePoll({ db }: Dialect, digest: string, now: number, growByMs: number): Act<'in_time' | 'early'> {
  const polled = db.updateTable('device_codes').set({ polled_at: now }).where('digest', '=', digest)
  const inTime = polled.where(({ or, eb }) =>
    or([
      eb('polled_at', 'is', null),
      eb('polled_at', '<=', eb(eb.val(now), '-', eb.ref('interval_ms'))),
      eb('polled_at', '>=', eb(eb.val(now), '+', eb.ref('interval_ms'))), // the clock was set back since
    ]),
  )
  if ((yield* rowOf(inTime.returning('digest').compile())) !== undefined) return 'in_time'
  yield polled.set((eb) => ({ interval_ms: eb('interval_ms', '+', growByMs) })).compile()
  return 'early'
}

function* allowDevice(dialect: Dialect, { deviceDigest, sessionId, consent, withdrawn, grant, now }: DeviceAuthorization, journal: Journal): Act<boolean> {
  const { db } = dialect
  const { userId, clientId } = consent
  const decided = yield* rowOf(
    db
      .updateTable('device_codes')
      .set({ decision: 'allowed', decided_at: now, grant_id: grant.id })
      .where('digest', '=', deviceDigest)
      .where('client_id', '=', clientId)
      .where('opened_by', '=', userId)
      .where('decision', 'is', null)
      .where('expires_at', '>', now)
      .returning('digest')
      .compile(),
  )
  if (decided === undefined) return false
  if ((yield* rowOf(livingParties(dialect)({ userId, clientId, sessionId }))) === undefined) return undo(false)
  const consentId = yield* giveConsent(dialect, consent, withdrawn.scopes)
  if (consentId === undefined) return undo(false)
  yield db
    .insertInto('grants')
    .values({ ...grantValues(grant), consent_id: consentId })
    .compile()
  const tokens = yield* narrowGrantsOfConsent(dialect, consentId, withdrawn, now)
  const narrowed = yield* narrowKeysOfConsent(dialect, consentId, withdrawn.scopes, CONNECTED_KEY_SCOPE, now)
  const revocations = [...journal.revocations, ...narrowed.revocations, ...tokens]
  yield* writeJournal(dialect, withKeyChanges({ ...journal, revocations }, narrowed.changes))
  return true
}

function* denyDevice(dialect: Dialect, digest: string, userId: string, now: number, journal: Journal): Act<boolean> {
  const decided = yield* rowOf(
    dialect.db
      .updateTable('device_codes')
      .set({ decision: 'denied', decided_at: now })
      .where('digest', '=', digest)
      .where('opened_by', '=', userId)
      .where('decision', 'is', null)
      .where('expires_at', '>', now)
      .returning('digest')
      .compile(),
  )
  if (decided === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

const consumption = onceForEach((dialect) =>
  template<{ readonly grant_id: string | null }, { digest: string; now: number }>((parameter) =>
    dialect.db
      .updateTable('device_codes')
      .set({ consumed_at: parameter('now') })
      .where('digest', '=', parameter('digest'))
      .where('decision', '=', sql.lit('allowed'))
      .where('consumed_at', 'is', null)
      .where(grantIsAlive(dialect, 'device_codes.grant_id'))
      .returning('grant_id')
      .compile(),
  ),
)

function* redeemDevice(dialect: Dialect, redemption: DeviceRedemption, journal: Journal): Act<boolean> {
  const consumed = yield* rowOf(consumption(dialect)({ digest: redemption.deviceDigest, now: redemption.now }))
  if (consumed === undefined) return false
  if (redemption.accessToken !== undefined) yield* insertAccessToken(dialect, redemption.accessToken)
  if (redemption.refreshToken !== undefined) yield* insertRefreshToken(dialect, redemption.refreshToken)
  yield* writeJournal(dialect, journal)
  return true
}
