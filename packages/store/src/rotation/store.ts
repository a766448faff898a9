/** The port of rotations. */
import type { RotationStore } from '@latchwork/api-keys'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Engine } from '../engine.ts'
import { beginRotation, claimDue, claimOne, dropRotation, settleRotation } from './attempts.ts'
import { lookAgain, lookAtEnded } from './look-again.ts'
import { adoptKeys, removePolicy, setPolicy } from './policies.ts'
import { attemptOf, policyOf, rotationOf, rotationRows } from './rows.ts'

export function rotationStore({ dialect, read, act }: Engine): RotationStore {
  const { db } = dialect
  return {
    setPolicy: (policy, journalOf) => act(() => setPolicy(dialect, policy, journalOf)),
    removePolicy: (owner, now, journalOf) => act(() => removePolicy(dialect, owner, now, journalOf)),
    adoptKeys: (now, limit) => act(() => adoptKeys(dialect, now, limit)),
    lookAgain: ({ keyIds, accountIds }, now) => act(() => lookAgain(dialect, keyIds, accountIds, now)),
    lookAtEnded: (now) => act(() => lookAtEnded(dialect, now)),
    claimDue: (now, leaseUntil, limit) => act(() => claimDue(dialect, now, leaseUntil, limit)),
    claimOne: (keyId, now, leaseUntil) => act(() => claimOne(dialect, keyId, now, leaseUntil)),
    beginRotation: (claim, roll, seed, now, journal, once) => act(() => beginRotation(dialect, claim, roll, seed, now, journal, once)),
    settleRotation: (claim, change, journal, beside) => act(() => settleRotation(dialect, claim, change, journal, beside)),
    dropRotation: (claim, journal) => act(() => dropRotation(dialect, claim, journal)),
    async findAccountPolicy(accountId, environment) {
      const [row] = await read(
        db
          .selectFrom('rotation_policies')
          .selectAll()
          .where('account_id', '=', accountId)
          .where('environment', '=', environment)
          .where('key_id', 'is', null)
          .compile(),
      )
      return row && policyOf(row)
    },
    async findRotation(keyId) {
      const [row] = await read(rotationRows(dialect).where('r.key_id', '=', keyId).compile())
      return row && rotationOf(row)
    },
    async listRotations({ accountId, environment, target, ...page }) {
      let query = rotationRows(dialect)
        .where('r.seq', '<', parsePlace('rotations', page))
        .orderBy('r.seq', 'desc')
        .limit(page.limit + 1)
      if (accountId !== undefined) query = query.where('p.account_id', '=', accountId)
      if (environment !== undefined) query = query.where('p.environment', '=', environment)
      if (target !== undefined) query = query.where('p.target', '=', target)
      return pageOf('rotations', await read(query.compile()), page.limit, rotationOf)
    },
    async listAttempts(rotationId, limit) {
      const query = db
        .selectFrom('rotation_attempts')
        .select(['at', 'outcome', 'note', 'key_id', 'successor_id'])
        .where('rotation_id', '=', rotationId)
        .orderBy('seq', 'desc')
        .limit(limit)
      return (await read(query.compile())).map(attemptOf)
    },
    forgetAttempts: (before) =>
      act(function* () {
        yield db.deleteFrom('rotation_attempts').where('at', '<', before).compile()
      }),
  }
}
