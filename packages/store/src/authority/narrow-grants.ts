/** What a person leaves out when they are asked again is taken from what stands under their consent already. A part of the act that writes their word. */
import type { GrantDetails } from '@latchwork/authority'
import { lifelineOfScope, type Revocation } from '@latchwork/kernel'
import type { Withdrawal } from '@latchwork/oauth'
import { sql } from 'kysely'
import { type Act, rowsOf } from '../act.ts'
import { jsonOf, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { Json } from '../tables.ts'

/** That a grant lasts, and that it tells who the person is, is no matter of a box: such a grant is taken back whole. */
const OF_THE_GRANT = ['openid', 'offline_access']

/**
 * Takes the scopes off the consent's living grants, so that no refresh brings them back, and off their stored tokens, of which caches hear. Self-contained tokens that carry one of them
 * end: they cannot be written anew.
 */
export function* narrowGrantsOfConsent(dialect: Dialect, consentId: string, { scopes, tokensUntil }: Withdrawal, now: number): Act<readonly Revocation[]> {
  const taken = scopes.filter((scope) => !OF_THE_GRANT.includes(scope))
  if (taken.length === 0) return []
  const { db, name } = dialect
  const grants = db.selectFrom('grants').select(['id', 'scopes', 'details']).where('consent_id', '=', consentId).where('ended_at', 'is', null).orderBy('id')
  const revocations: Revocation[] = []
  for (const grant of yield* rowsOf((name === 'postgres' ? grants.forUpdate() : grants).compile())) {
    const left = leftOf(grant.scopes, taken)
    if (left === undefined) continue
    const details = jsonOf(withheldToo(grant, taken))
    yield db.updateTable('grants').set({ scopes: left, details }).where('id', '=', grant.id).compile()
    for (const scope of wordsOf(grant.scopes))
      if (taken.includes(scope)) revocations.push({ lifeline: lifelineOfScope(grant.id, scope), at: now, until: tokensUntil })
    const tokens = db.selectFrom('access_tokens').select(['digest', 'id', 'scopes']).where('grant_id', '=', grant.id).where('ended_at', 'is', null)
    for (const token of yield* rowsOf(tokens.where(sql<boolean>`expires_at > ${now}`).compile())) {
      const kept = leftOf(token.scopes, taken)
      if (kept === undefined) continue
      yield db.updateTable('access_tokens').set({ scopes: kept }).where('digest', '=', token.digest).compile()
      revocations.push({ lifeline: `token:${token.id}`, at: now, until: now })
    }
  }
  return revocations
}

/** A client that repeats in a refresh what it asked for then is not to fail by that. */
function withheldToo({ scopes, details }: { readonly scopes: Json; readonly details: Json | null }, taken: readonly string[]): GrantDetails {
  const known = details === null ? {} : (JSON.parse(details) as GrantDetails)
  const lost = wordsOf(scopes).filter((scope) => taken.includes(scope))
  return { ...known, withheld: [...(known.withheld ?? []), ...lost] }
}

/** `undefined` where nothing of it is taken. */
function leftOf(scopes: Json, taken: readonly string[]): Json | undefined {
  const words = wordsOf(scopes)
  const left = words.filter((scope) => !taken.includes(scope))
  return left.length === words.length ? undefined : jsonOf(left)
}
