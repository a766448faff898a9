/** Accounts, people and their login sessions. */
import type { Flag, Json } from './cells.ts'

export interface PeopleTables {
  accounts: AccountsTable
  users: UsersTable
  members: MembersTable
  password_credentials: PasswordCredentialsTable
  login_sessions: LoginSessionsTable
  one_time_links: OneTimeLinksTable
}

interface AccountsTable {
  id: string
  name: string
  created_at: number
  disabled_at: number | null
}

interface UsersTable {
  id: string
  email: string
  email_verified: Flag
  name: string
  is_operator: Flag
  account_id: string
  created_at: number
  disabled_at: number | null
  profile: Json | null
  updated_at: number | null
}

interface MembersTable {
  account_id: string
  user_id: string
  role: 'owner' | 'member'
  created_at: number
}

interface PasswordCredentialsTable {
  user_id: string
  password_hash: string
  changed_at: number
}

interface LoginSessionsTable {
  id: string
  digest: string
  user_id: string
  created_at: number
  authenticated_at: number
  expires_at: number
  methods: Json
  address: string | null
  user_agent: string | null
  ended_at: number | null
  ended_reason: string | null
  /** Of a renewed session: the digest of the secret before. It opens nothing. */
  former_digest: string | null
  /** Of the form that began it, and its person. */
  form_digest: string | null
}

interface OneTimeLinksTable {
  digest: string
  purpose: 'first_operator'
  created_at: number
  expires_at: number
  consumed_at: number | null
}
