/** What accounts ask of a store. */
import type { Journal, ListFilter, Once, Page, PageRequest, Repeated } from '@latchwork/kernel'
import type { Profile } from './profile.ts'

export interface Account {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  /** Nothing of it works from then on. */
  readonly disabledAt?: number
}

export interface AccountFilter extends ListFilter {
  readonly state?: 'active' | 'disabled'
}

export interface PeopleFilter extends AccountFilter {
  readonly email?: string
  /** Whose own account this is. */
  readonly accountId?: string
  readonly isOperator?: boolean
}

/** A person of an account. */
export interface Member {
  readonly userId: string
  readonly email: string
  readonly name: string
  /** `owner`: whose own account it is. */
  readonly role: 'owner' | 'member'
  readonly since: number
}

export interface User {
  readonly id: string
  /** Canonical, see `identifier.ts`; unique. */
  readonly email: string
  readonly emailVerified: boolean
  readonly name: string
  readonly isOperator: boolean
  /** The account made for the person at sign-up. */
  readonly accountId: string
  readonly createdAt: number
}

/** With what applications may be told of them; also one who is disabled. */
export interface Person extends User {
  readonly profile: Profile
  /** When name, address or profile last changed. */
  readonly updatedAt: number
  readonly disabledAt?: number
}

/** What becomes of a person, to be written in one act. */
export interface ChangedPerson extends Pick<Person, 'name' | 'profile' | 'updatedAt'> {
  readonly journal: Journal
}

export interface NewUser {
  readonly user: User
  readonly account: Account
  /** PHC string of Argon2id. */
  readonly passwordHash: string
  /** Absent: none, or as it was. */
  readonly profile?: Profile
  /** Absent: since they were made, or as it was. */
  readonly updatedAt?: number
}

/** A browser that is signed in at this server. */
export interface LoginSession {
  readonly id: string
  readonly digest: string
  readonly userId: string
  readonly createdAt: number
  readonly authenticatedAt: number
  readonly expiresAt: number
  /** How the person proved themselves (RFC 8176): `pwd`. */
  readonly methods: readonly string[]
  readonly address?: string
  readonly userAgent?: string
}

export interface SignedIn {
  readonly session: LoginSession
  readonly user: User
}

export interface OneTimeLink {
  readonly digest: string
  readonly purpose: 'first_operator'
  readonly createdAt: number
  readonly expiresAt: number
}

/** `unchanged`: it was so already, and nothing was written; `gone`: there is none. */
export type Change = 'changed' | 'unchanged' | 'gone'
/** `last_operator`: nobody could operate the installation then, and nothing was written. */
export type Stop = Change | 'last_operator'

export interface AccountsStore {
  readonly createUser: (newUser: NewUser, journal: Journal) => Promise<'created' | 'identifier_taken'>
  /** Makes the person, or brings name, password, operator role and profile of the one with this address in line (configuration). */
  readonly declareUser: (newUser: NewUser, journal: Journal) => Promise<void>
  readonly findUserByEmail: (email: string) => Promise<{ readonly user: User; readonly passwordHash: string | undefined } | undefined>
  readonly findUser: (userId: string) => Promise<User | undefined>
  /** A person who can act, with what may be told of them. */
  readonly findLivingPerson: (userId: string) => Promise<Person | undefined>
  /** Also one who is disabled. */
  readonly findPerson: (userId: string) => Promise<Person | undefined>
  /** Asks what becomes of the person, while nobody else changes them, and writes it. The person as they are then; `undefined` if there is none. `change` gives `undefined` for no change, and may throw. */
  readonly changePerson: (userId: string, change: (person: Person) => ChangedPerson | undefined, once?: Once) => Promise<Person | undefined | Repeated<Person>>
  /** The newest first. */
  /** Newest first. */
  readonly listPeople: (filter: PeopleFilter) => Promise<Page<Person>>
  /** The session and its person, unless either has ended or been disabled. Says nothing of time. */
  readonly findLoginSession: (digest: string) => Promise<SignedIn | undefined>
  /** The session that has or had this secret, for who signs in anew there. The secret before opens nothing: whoever comes with it must prove who they are. */
  readonly findFormerLoginSession: (digest: string) => Promise<SignedIn | undefined>
  readonly listLoginSessions: (userId: string, now: number) => Promise<readonly LoginSession[]>
  /** Ends the session and all that lives by it, and sees to it that the applications signed in to from it hear of that; false (and nothing written) if it had ended before or is not this user's. */
  readonly endLoginSession: (sessionId: string, userId: string, reason: string, now: number, journal: Journal) => Promise<boolean>
  /** Disables the person, unless they are the last operator who can act, and ends their login sessions, grants and personal access tokens, all or nothing; each gets its entry in the feed, kept until then. */
  readonly disableUser: (userId: string, now: number, until: number, journal: Journal, once?: Once) => Promise<Stop | Repeated<Change>>
  readonly enableUser: (userId: string, now: number, until: number, journal: Journal, once?: Once) => Promise<Change | Repeated<Change>>
  /** One who can act. */
  readonly hasOperator: () => Promise<boolean>
  /** Keeps the link, and ends earlier ones of its purpose. */
  readonly saveOneTimeLink: (link: OneTimeLink, journal: Journal) => Promise<void>
  /** Whether the link can still be used; using it is `claimFirstOperator`. */
  readonly findOneTimeLink: (digest: string, now: number) => Promise<OneTimeLink | undefined>
  /** Removes links that were used or expired before that time, at most so many; whether there may be more. */
  readonly removeOverLinks: (before: number, limit: number) => Promise<boolean>
  /** Uses up the link and makes the operator, all or nothing. */
  readonly claimFirstOperator: (linkDigest: string, newUser: NewUser, now: number, journal: Journal) => Promise<'claimed' | 'link_invalid' | 'identifier_taken'>
  readonly createAccount: (account: Account, journal: Journal, once?: Once) => Promise<Account | Repeated<Account>>
  /** Also one that is disabled. */
  readonly findAccount: (accountId: string) => Promise<Account | undefined>
  /** The newest first. */
  readonly listAccounts: (filter: AccountFilter) => Promise<Page<Account>>
  /** The account as it is then; `undefined` if there is none. */
  readonly renameAccount: (accountId: string, name: string, journal: Journal, once?: Once) => Promise<Account | undefined | Repeated<Account>>
  /** Unless the last operators who can act are its people: everything that lives by the account is dead as long as it is disabled; rows beneath it stay as they are. */
  readonly disableAccount: (accountId: string, now: number, journal: Journal, once?: Once) => Promise<Stop | Repeated<Change>>
  readonly enableAccount: (accountId: string, journal: Journal, once?: Once) => Promise<Change | Repeated<Change>>
  /** Who joined last first. */
  readonly listMembers: (accountId: string, page: PageRequest & { readonly role?: Member['role'] }) => Promise<Page<Member>>
  /** False (and nothing written) if the person is a member already. Both must be there: constraints of the database hold it. */
  readonly addMember: (accountId: string, userId: string, now: number, journal: Journal, once?: Once) => Promise<boolean | Repeated<boolean>>
  /** False (and nothing written) if the person is no member, or the account is the one made for them, which they cannot leave. */
  readonly removeMember: (accountId: string, userId: string, now: number, journal: Journal) => Promise<boolean>
  readonly isMember: (accountId: string, userId: string) => Promise<boolean>
}
