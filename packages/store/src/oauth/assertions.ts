/** Assertions of clients, each used once: keyed by issuer and `jti`, never by the token's text (design, decision 12). */
import type { OAuthStore } from '@latchwork/oauth'
import { type Act, rowOf } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { onceForEach, template } from '../template.ts'

export function assertionStore({ dialect, act }: Engine): Pick<OAuthStore, 'useAssertion' | 'forgetAssertions'> {
  return {
    useAssertion: (issuer, jti, until) => act(() => useAssertion(dialect, { issuer, jti, until })),
    forgetAssertions: (now) => act(() => forgetAssertions(dialect, now)),
  }
}

const use = onceForEach(({ db }) =>
  template<{ readonly jti: string }, { issuer: string; jti: string; until: number }>((parameter) =>
    db
      .insertInto('assertions')
      .values({ issuer: parameter('issuer'), jti: parameter('jti'), until: parameter('until') })
      .onConflict((conflict) => conflict.columns(['issuer', 'jti']).doNothing())
      .returning('jti')
      .compile(),
  ),
)

function* useAssertion(dialect: Dialect, used: { readonly issuer: string; readonly jti: string; readonly until: number }): Act<boolean> {
  return (yield* rowOf(use(dialect)(used))) !== undefined
}

function* forgetAssertions({ db }: Dialect, now: number): Act<void> {
  yield db.deleteFrom('assertions').where('until', '<', now).compile()
}
