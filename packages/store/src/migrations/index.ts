/** Every migration, in order. One that was released is never changed; the next number is added below. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'
import { firstTables } from './0001-first-tables.ts'
import { lifeOfKeys } from './0002-life-of-keys.ts'
import { keyUse } from './0003-key-use.ts'
import { leakTables } from './0004-leaks.ts'
import { sharedLimitStates } from './0005-shared-limits.ts'
import { oauthWhole } from './0006-oauth-whole.ts'
import { keyRotation } from './0007-key-rotation.ts'
import { signingRing } from './0008-signing-ring.ts'
import { clientsWhole } from './0009-clients-whole.ts'
import { connectedAccounts } from './0010-connected-accounts.ts'
import { devicesAndLogout } from './0011-devices-and-logout.ts'
import { accessTokensWhole } from './0012-access-tokens-whole.ts'
import { renewedSessions } from './0013-renewed-sessions.ts'
import { feedFloor } from './0014-feed-floor.ts'
import { tokensByTime } from './0015-tokens-by-time.ts'
import { countsAndLists } from './0016-counts-and-lists.ts'
import { detailsOfKeys } from './0017-details-of-keys.ts'
import { wordsOfDevices } from './0018-words-of-devices.ts'
import { tokensThatVouch } from './0019-tokens-that-vouch.ts'
import { claimsOfAPerson } from './0020-claims-of-a-person.ts'
import { refusalsByReference } from './0021-refusals-by-reference.ts'
import { writtenLimits } from './0022-written-limits.ts'
import { formsSentTwice } from './0023-forms-sent-twice.ts'
import { whenPutOff } from './0024-when-put-off.ts'
import { listsByTime } from './0025-lists-by-time.ts'
import { sealedEvents } from './0026-sealed-events.ts'
import { configuredRights } from './0027-configured-rights.ts'
import { acceptedBreaks } from './0028-accepted-breaks.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly statements: (dialect: Dialect) => readonly CompiledQuery[]
}

export const migrations: readonly Migration[] = [
  { number: 1, name: 'first tables', statements: firstTables },
  { number: 2, name: 'life of keys', statements: lifeOfKeys },
  { number: 3, name: 'key use', statements: keyUse },
  { number: 4, name: 'leaks', statements: leakTables },
  { number: 5, name: 'shared limits', statements: sharedLimitStates },
  { number: 6, name: 'oauth whole', statements: oauthWhole },
  { number: 7, name: 'key rotation', statements: keyRotation },
  { number: 8, name: 'signing ring', statements: signingRing },
  { number: 9, name: 'clients whole', statements: clientsWhole },
  { number: 10, name: 'connected accounts', statements: connectedAccounts },
  { number: 11, name: 'devices and logout', statements: devicesAndLogout },
  { number: 12, name: 'access tokens whole', statements: accessTokensWhole },
  { number: 13, name: 'renewed sessions', statements: renewedSessions },
  { number: 14, name: 'feed floor', statements: feedFloor },
  { number: 15, name: 'tokens by time', statements: tokensByTime },
  { number: 16, name: 'counts and lists', statements: countsAndLists },
  { number: 17, name: 'details of keys', statements: detailsOfKeys },
  { number: 18, name: 'words of devices', statements: wordsOfDevices },
  { number: 19, name: 'tokens that vouch', statements: tokensThatVouch },
  { number: 20, name: 'claims of a person', statements: claimsOfAPerson },
  { number: 21, name: 'refusals by reference', statements: refusalsByReference },
  { number: 22, name: 'written limits', statements: writtenLimits },
  { number: 23, name: 'forms sent twice', statements: formsSentTwice },
  { number: 24, name: 'when put off', statements: whenPutOff },
  { number: 25, name: 'lists by time', statements: listsByTime },
  { number: 26, name: 'sealed events', statements: sealedEvents },
  { number: 27, name: 'configured rights', statements: configuredRights },
  { number: 28, name: 'accepted breaks', statements: acceptedBreaks },
]
