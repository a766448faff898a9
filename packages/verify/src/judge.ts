/** From the kernel's verdict on a record to a refusal; and the making of what callers are given. */
import {
  type Circumstances,
  type CredentialRecord,
  judgeCredential,
  type Principal,
  type RefusalCode,
  type RefusalOptions,
  refuse,
  type Verdict,
} from '@latchwork/kernel'

/** The bearer is told the same of a credential that is unknown, revoked, or for another API (design, decision 23). */
const refusalOf: Readonly<Record<Exclude<Verdict, 'alive'>, RefusalCode>> = {
  revoked: 'credential_invalid',
  disabled: 'credential_invalid',
  not_yet_valid: 'credential_not_yet_valid',
  expired: 'credential_expired',
  wrong_environment: 'credential_wrong_environment',
  wrong_address: 'credential_wrong_address',
  wrong_audience: 'credential_invalid',
}

/** @throws Refusal unless the record is alive under these circumstances. */
export function checkAlive(record: CredentialRecord, circumstances: Circumstances): void {
  const verdict = judgeCredential(record, circumstances)
  if (verdict !== 'alive') refuse(refusalOf[verdict], { reason: verdict, about: aboutOf(record.principal) })
}

/** Ids of what a refusal concerns, for the event. */
export function aboutOf(principal: Omit<Principal, 'revocationFresh' | 'metering'>): NonNullable<RefusalOptions['about']> {
  const { credentialId, accountId, userId, clientId, grantId, sessionId } = principal
  return {
    credentialId,
    ...(accountId === undefined ? {} : { accountId }),
    ...(userId === undefined ? {} : { userId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(grantId === undefined ? {} : { grantId }),
    ...(sessionId === undefined ? {} : { sessionId }),
  }
}

/** A principal that can be shared: one caller's change must not reach another. */
export function frozenPrincipal(principal: Omit<Principal, 'revocationFresh'>, revocationFresh: boolean): Principal {
  return Object.freeze({
    ...principal,
    scopes: frozenList(principal.scopes),
    audience: frozenList(principal.audience),
    revocationFresh,
  })
}

function frozenList(list: readonly string[]): readonly string[] {
  return Object.isFrozen(list) ? list : Object.freeze([...list])
}
