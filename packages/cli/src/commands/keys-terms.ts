/** Flags for what a key may do, and where. */
import type { Flag, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'

export const keyTermFlags: readonly Flag[] = [
  { name: 'scope', value: 'SCOPE', help: 'What the key may do, such as notes:read.', isRepeatable: true },
  { name: 'role', value: 'NAME', help: 'A role that the configuration defines.', isRepeatable: true },
  { name: 'network', value: 'CIDR', help: 'Where it works from, such as 192.0.2.0/24; anywhere unless said.', isRepeatable: true },
  {
    name: 'limit',
    value: 'NAME=COUNT/SECONDS[,burst=N]',
    help: 'How often it can be used, such as steady=600/60; at once up to COUNT, or burst, of them.',
    isRepeatable: true,
  },
  { name: 'credits', value: 'N', help: 'How many uses it has; as many as it likes unless said.' },
  { name: 'refill', value: 'N/SECONDS[,max=N]', help: 'Beside --credits: so many more each time, such as 1000/86400; never more than max, or else --credits.' },
  { name: 'external-id', value: 'ID', help: 'What you call whoever has the key: your customer, your user.' },
  { name: 'metadata', value: 'NAME=VALUE', help: 'What you write on it; it comes back with every verification.', isRepeatable: true },
]

/** Where there is something to take away. */
export const clearFlag: Flag = {
  name: 'clear',
  value: 'MEMBER',
  help: 'Take away altogether: scopes, roles, networks, limits, credits, externalId or metadata.',
  isRepeatable: true,
}

const LIMIT = /^([^=]+)=(\d{1,10})\/(\d{1,10})(?:,burst=(\d{1,10}))?$/
const REFILL = /^(\d{1,10})\/(\d{1,10})(?:,max=(\d{1,10}))?$/
const CLEARED: Readonly<Record<string, unknown>> = { scopes: [], roles: [], networks: [], limits: [], credits: null, externalId: null, metadata: null }

/** What was said; what was not is left as it is. @throws WrongUsage. */
export function keyTerms(invocation: Invocation): Readonly<Record<string, unknown>> {
  const lists = { scopes: invocation.texts('scope'), roles: invocation.texts('role'), networks: invocation.texts('network') }
  const limits = invocation.texts('limit').map(limitOf)
  return {
    ...Object.fromEntries(Object.entries(lists).filter(([, words]) => words.length > 0)),
    ...(limits.length === 0 ? {} : { limits }),
    ...creditsOf(invocation),
    ...writtenOf(invocation),
  }
}

/** The same, for a key that has some already. @throws WrongUsage. */
export function changedTerms(invocation: Invocation): Readonly<Record<string, unknown>> {
  const [given, cleared] = [keyTerms(invocation), invocation.texts('clear')]
  for (const name of cleared) {
    if (!Object.hasOwn(CLEARED, name)) throw new WrongUsage(`--clear ${name} is not understood.`, `Write one of ${Object.keys(CLEARED).join(', ')}.`)
    if (name in given) throw new WrongUsage(`${name} are given and cleared.`, 'What is given takes the place of what was there: leave --clear out.')
  }
  return { ...given, ...Object.fromEntries(cleared.map((name) => [name, CLEARED[name]])) }
}

function limitOf(text: string): Readonly<Record<string, string | number>> {
  const [, name, count, periodSeconds, burst] = LIMIT.exec(text) ?? []
  if (name === undefined) throw new WrongUsage('--limit is not understood.', 'Write --limit NAME=COUNT/SECONDS, such as --limit steady=600/60,burst=50.')
  return { name, count: Number(count), periodSeconds: Number(periodSeconds), ...(burst === undefined ? {} : { burst: Number(burst) }) }
}

function creditsOf(invocation: Invocation): Readonly<Record<string, unknown>> {
  const [credits, refill] = [invocation.text('credits'), invocation.text('refill')]
  if (credits === undefined) {
    if (refill !== undefined) throw new WrongUsage('--refill is given without --credits.', 'Say how many there are to begin with: --credits 1000.')
    return {}
  }
  if (!/^\d{1,10}$/.test(credits)) throw new WrongUsage('--credits is no whole number.', 'Write --credits 1000.')
  const remaining = Number(credits)
  return { credits: { remaining, ...(refill === undefined ? {} : { refill: refillOf(refill, remaining) }) } }
}

function refillOf(text: string, most: number): Readonly<Record<string, number>> {
  const [, amount, everySeconds, max] = REFILL.exec(text) ?? []
  if (amount === undefined) throw new WrongUsage('--refill is not understood.', 'Write --refill N/SECONDS, such as --refill 1000/86400,max=5000.')
  return { amount: Number(amount), everySeconds: Number(everySeconds), max: max === undefined ? most : Number(max) }
}

function writtenOf(invocation: Invocation): Readonly<Record<string, unknown>> {
  const [externalId, entries] = [invocation.text('external-id'), invocation.texts('metadata').map(entryOf)]
  return { ...(externalId === undefined ? {} : { externalId }), ...(entries.length === 0 ? {} : { metadata: Object.fromEntries(entries) }) }
}

function entryOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new WrongUsage('--metadata is not understood.', 'Write --metadata NAME=VALUE, such as --metadata plan=pro.')
  return [text.slice(0, at), text.slice(at + 1)]
}
