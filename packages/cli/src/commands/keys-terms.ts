/** Flags for what a key may do, and where. */
import type { Flag, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'

export const keyTermFlags: readonly Flag[] = [
  { name: 'scope', value: 'SCOPE', help: 'What the key may do, such as notes:read.', isRepeatable: true },
  { name: 'role', value: 'NAME', help: 'A role that the configuration defines.', isRepeatable: true },
  { name: 'network', value: 'CIDR', help: 'Where it works from, such as 192.0.2.0/24; anywhere unless said.', isRepeatable: true },
  { name: 'limit', value: 'NAME=COUNT/SECONDS', help: 'How often it can be used, such as steady=600/60.', isRepeatable: true },
  { name: 'credits', value: 'N', help: 'How many uses it has; as many as it likes unless said.' },
]

const LIMIT = /^([^=]+)=(\d+)\/(\d+)$/

/** What was said; what was not is left as it is. @throws WrongUsage. */
export function keyTerms(invocation: Invocation): Readonly<Record<string, unknown>> {
  const lists = { scopes: invocation.texts('scope'), roles: invocation.texts('role'), networks: invocation.texts('network') }
  const limits = invocation.texts('limit').map(limitOf)
  const credits = invocation.text('credits')
  if (credits !== undefined && !/^\d{1,10}$/.test(credits)) throw new WrongUsage('--credits is no whole number.', 'Write --credits 1000.')
  return {
    ...Object.fromEntries(Object.entries(lists).filter(([, words]) => words.length > 0)),
    ...(limits.length === 0 ? {} : { limits }),
    ...(credits === undefined ? {} : { credits: { remaining: Number(credits) } }),
  }
}

function limitOf(text: string): { readonly name: string; readonly count: number; readonly periodSeconds: number } {
  const [, name, count, periodSeconds] = LIMIT.exec(text) ?? []
  if (name === undefined) throw new WrongUsage('--limit is not understood.', 'Write --limit NAME=COUNT/SECONDS, such as --limit steady=600/60.')
  return { name, count: Number(count), periodSeconds: Number(periodSeconds) }
}
