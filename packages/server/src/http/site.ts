/** What every route needs to know of this deployment. */

import type { Clock, Mechanism, Origin, Principal, Refusal } from '@latchwork/kernel'
import type { Installation } from '../compose.ts'
import type { Asset, PageSite, PictureAsset } from '../pages/index.ts'
import type { ExposedParts } from '../verification/revoke-exposed.ts'
import type { ArrivedRequest } from './arrived-request.ts'
import type { FormTokens } from './form-token.ts'
import type { ProofRequests } from './proof-after.ts'

export interface Needs {
  readonly scopes: readonly string[]
  readonly mechanisms: readonly Mechanism[]
  /** A token that came in a form (RFC 6750 §2.2), for routes that take one so. */
  readonly formToken?: string
}

export interface RootKeyNeeds {
  readonly scopes: readonly string[]
  readonly mechanisms: readonly ['root_key']
}

export interface Site {
  readonly issuer: string
  readonly clock: Clock
  /** What keys that came over plain http are looked up and revoked with. */
  readonly exposed: ExposedParts
  readonly installation: Installation
  /** What pages show of the site. */
  readonly page: PageSite
  /** What pages link to. */
  readonly assets: readonly (Asset | PictureAsset)[]
  readonly formTokens: FormTokens
  readonly proofRequests: ProofRequests
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Where a request comes from; trusted proxies considered. */
  readonly originOf: (request: ArrivedRequest) => Origin
  readonly isSecure: (request: ArrivedRequest) => boolean
  /** Who calls. @throws Refusal, as `@latchwork/verify` says. */
  readonly authenticate: (request: ArrivedRequest, needs: Needs) => Promise<Principal>
  /** Which root key calls. At once where it is remembered; a refusal by value where it has not our form. @throws Refusal, or rejects with one. */
  readonly answerRootKey: (request: ArrivedRequest, needs: RootKeyNeeds) => Principal | Refusal | Promise<Principal>
  /** Which person calls, by their session's token alone. @throws Refusal, as `@latchwork/verify` says. */
  readonly authenticatePerson: (request: ArrivedRequest) => Promise<Principal>
  /** Writes a refusal down; never throws, never waits. */
  readonly recordRefusal: (refusal: Refusal, request: ArrivedRequest) => void
  readonly demo?: { readonly applicationUrl: string; readonly apiUrl: string }
}
