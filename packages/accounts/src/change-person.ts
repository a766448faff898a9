/** Changing what is known of a person: their name, and what applications may be told of them. */
import { type Answered, answeredBy, type CallName, isVisibleName, type NewEvent, type Origin, onceOf, refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { type AskedProfile, changedMembers, mergeProfile } from './profile.ts'
import type { ChangedPerson, Person } from './store.ts'

export interface PersonChange {
  readonly userId: string
  readonly actor: NewEvent['actor'] & { readonly id: string }
  readonly origin: Origin
  readonly now: number
  /** What its caller named it: the change is made at most once. */
  readonly call?: CallName
}

export interface AskedPerson {
  readonly name?: string
  readonly profile?: AskedProfile
}

/**
 * The person as they are then. What is as it was already is no change, and writes nothing.
 * @throws Refusal `not_found`, `request_malformed` (name, or nothing asked for), `profile_invalid`, `idempotency_key_reused`.
 */
export async function changePerson({ store }: Pick<Accounts, 'store'>, change: PersonChange, asked: AskedPerson): Promise<Answered<Person>> {
  if (asked.name === undefined && asked.profile === undefined) return refuse('request_malformed', { detail: 'Name what is to change: name, profile, or both.' })
  const { once } = onceOf(change.actor, change.call, change.now)
  const changed = await store.changePerson(change.userId, (person) => changeOf(person, asked, change), once)
  return changed === undefined ? refuse('not_found', { detail: 'There is no person with this id.' }) : answeredBy<Person>(changed)
}

function changeOf(person: Person, asked: AskedPerson, { actor, origin, now }: PersonChange): ChangedPerson | undefined {
  const name = asked.name === undefined ? person.name : readName(asked.name)
  const profile = asked.profile === undefined ? person.profile : mergeProfile(person.profile, asked.profile)
  const names = [...(name === person.name ? [] : ['name']), ...changedMembers(person.profile, profile)]
  if (names.length === 0) return undefined
  const { id: userId, accountId } = person
  const event = { type: 'user.changed', at: now, actor, ...origin, userId, accountId, data: { changed: names.join(' ') } } as const
  return { name, profile, updatedAt: now, journal: { events: [event], revocations: [] } }
}

function readName(text: string): string {
  const name = text.trim()
  return isVisibleName(name) ? name : refuse('request_malformed', { reason: 'name', detail: 'name must be 1 to 100 visible characters, and no credential.' })
}
