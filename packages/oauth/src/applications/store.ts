/** What a person's list of applications asks of a store (O17). */
import type { Journal, Page, PageRequest } from '@latchwork/kernel'
import type { Client, Consent } from '../store.ts'

/** An application that may act for a person. */
export interface ConnectedApplication {
  readonly consent: Consent
  readonly client: Client
  /** Name of the account that the client belongs to, if it belongs to one. */
  readonly accountName?: string
  /** When tokens were last issued under the consent; to the minute or so. */
  readonly lastUsedAt?: number
}

export interface GrantUse {
  readonly grantId: string
  readonly at: number
}

export interface ApplicationsStore {
  /** Consents in force, the newest first. */
  readonly listApplications: (userId: string, page: PageRequest) => Promise<Page<ConnectedApplication>>
  /**
   * Ends the consent, every grant under it and every key born from it; false (and nothing written) if it had ended before or is not this user's. Each grant gets a feed
   * entry of its own, kept as long as the journal's: self-contained tokens know their grant and not its consent.
   */
  readonly endConsent: (consentId: string, userId: string, now: number, journal: Journal) => Promise<boolean>
  /** Later uses count; earlier ones than known change nothing. */
  readonly noteGrantUse: (uses: readonly GrantUse[]) => Promise<void>
}
