/** What every route needs to know of this deployment. */
import type { Clock, Mechanism, Origin, Principal, Refusal } from '@latchwork/kernel'
import type { FastifyRequest } from 'fastify'
import type { Installation } from '../compose.ts'
import type { PageSite } from '../pages/index.ts'
import type { FormTokens } from './form-token.ts'
import type { ProofRequests } from './proof-after.ts'

export interface Needs {
  readonly scopes: readonly string[]
  readonly mechanisms: readonly Mechanism[]
  /** A token that came in a form (RFC 6750 §2.2), for routes that take one so. */
  readonly formToken?: string
}

export interface Site {
  readonly issuer: string
  readonly clock: Clock
  readonly installation: Installation
  /** What pages show of the site. */
  readonly page: PageSite
  readonly formTokens: FormTokens
  readonly proofRequests: ProofRequests
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Where a request comes from; trusted proxies considered. */
  readonly originOf: (request: FastifyRequest) => Origin
  readonly isSecure: (request: FastifyRequest) => boolean
  /** Who calls. At once where it is remembered. @throws Refusal, or rejects with one, as `@latchwork/verify` says. */
  readonly authenticate: (request: FastifyRequest, needs: Needs) => Principal | Promise<Principal>
  /** Which person calls, by their session's token alone. @throws Refusal, as `@latchwork/verify` says. */
  readonly authenticatePerson: (request: FastifyRequest) => Promise<Principal>
  /** Writes a refusal down; never throws, never waits. */
  readonly recordRefusal: (refusal: Refusal, request: FastifyRequest) => void
  readonly demo?: { readonly applicationUrl: string; readonly apiUrl: string }
}
