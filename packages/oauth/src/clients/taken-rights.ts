/** What a change takes from a client ends in what is out already (O10, O17): self-contained tokens that carry it are refused, what is looked up is read anew and comes without it. */
import { ACTS_FOR_ITSELF, lifelineOfClientRight, type Revocation } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

/** To be written in the act that changes the client. What is given is read anew as well. */
export function revocationsOfTaken({ authority }: Pick<OAuth, 'authority'>, before: Client, after: Client, now: number): readonly Revocation[] {
  const [had, has] = [rightsOf(before), rightsOf(after)]
  const until = now + authority.longestTokenMs
  const ended = [...had].filter((right) => !has.has(right)).map((right) => ({ lifeline: lifelineOfClientRight(after.id, right), at: now, until }))
  const isSame = ended.length === 0 && had.size === has.size
  return isSame ? [] : [...ended, { lifeline: `client_rights:${after.id}`, at: now, until: now }]
}

/** What its tokens can carry. How they are got, by which of the other grant types, is of no concern to those that are out. */
function rightsOf({ scopes, audiences, grantTypes }: Client): ReadonlySet<string> {
  return new Set([...scopes, ...audiences, ...grantTypes.filter((type) => type === ACTS_FOR_ITSELF)])
}
