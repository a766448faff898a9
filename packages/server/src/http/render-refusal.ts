/** One vocabulary of errors, told in three dialects: problem+json (RFC 9457), OAuth JSON (RFC 6749 §5.2), and a page for people. */
import type { Refusal, RefusalCode } from '@latchwork/kernel'
import { challengeFor } from '@latchwork/verify'
import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorView, errorPage, paths } from '../pages/index.ts'
import type { ArrivedRequest } from './arrived-request.ts'
import { bytesAsText, type PreparedHead, prepareHead, sendPrepared } from './prepared-answer.ts'
import { sendPage } from './send-page.ts'
import type { Site } from './site.ts'

export type Dialect = 'problem' | 'oauth' | 'page'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How refusals of this route are told; problem+json unless said otherwise. */
    dialect?: Dialect
    /** Whether people are sent here by applications, with requests of theirs: a malformed one is then no fault of the person who sees the page. */
    isAskedByApplications?: boolean
    /** Whether clients authenticate here with Basic (RFC 6749 §2.3.1), so that a 401 names it to who sent the header. */
    clientAuthentication?: boolean
    /** Address of the metadata of the protected resource behind the route, for its challenge (RFC 9728 §5.1). */
    resourceMetadata?: string
  }
}

export function renderRefusal(site: Site, reply: FastifyReply, refusal: Refusal, dialect: Dialect, reference: string): FastifyReply {
  void reply.code(refusal.status).header('cache-control', 'no-store')
  if (refusal.retryAfterSeconds !== undefined) void reply.header('retry-after', String(refusal.retryAfterSeconds))
  if (dialect === 'page') {
    return sendPage(
      reply,
      errorPage(site.page, {
        code: refusal.code,
        title: refusal.title,
        detail: refusal.detail,
        reference,
        ...ofApplication(reply.request, refusal),
        ...(refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
      }),
    )
  }
  if (dialect === 'oauth') {
    const challenge = oauthChallenge(refusal, reply.request.routeOptions.config ?? {}, reply.request.headers)
    if (challenge !== undefined) void reply.header('www-authenticate', challenge)
    return reply.type('application/json').send(oauthErrorOf(site, refusal, reference))
  }
  const prepared = refusal.status === 401 && isForRootKeys(reply.request) ? preparedProblem(site, refusal) : undefined
  if (prepared !== undefined) {
    sendPrepared(reply, prepared.head, withReference(prepared, reference))
    return reply
  }
  const { headers } = challengeFor(refusal, { realm: site.issuer })
  return reply
    .headers(headers)
    .type('application/problem+json')
    .send(problemOf(site, refusal, reference))
}

/** Where an application sent the person here and asked wrongly. Who was to be signed out still is signed in, and may want to mend that. */
function ofApplication({ routeOptions: { config, url } }: FastifyRequest, { status }: Refusal): Partial<ErrorView> {
  if (config?.isAskedByApplications !== true || status !== 400) return {}
  return { isOfApplication: true, ...(url === paths.signOut ? { way: { href: paths.signOut, words: 'Sign out here' } } : {}) }
}

/** The answer of a refusal whole, for what is not sent by the framework. */
export function problemAnswer(site: Site, refusal: Refusal, reference: string): { readonly head: PreparedHead; readonly body: string } {
  const prepared = preparedProblem(site, refusal)
  if (prepared !== undefined) return { head: prepared.head, body: withReference(prepared, reference) }
  const { headers } = challengeFor(refusal, { realm: site.issuer })
  return { head: prepareHead(site, refusal.status, headers), body: bytesAsText(JSON.stringify(problemOf(site, refusal, reference))) }
}

/** The same for endpoints at which clients authenticate. */
export function oauthAnswer(
  site: Site,
  refusal: Refusal,
  { id, headers }: Pick<ArrivedRequest, 'id' | 'headers'>,
  fields: Readonly<Record<string, string>>,
): { readonly head: PreparedHead; readonly body: string } {
  const challenge = oauthChallenge(refusal, { clientAuthentication: true }, headers)
  const head = prepareHead(site, refusal.status, {
    ...fields,
    'cache-control': 'no-store',
    ...(refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) }),
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
    'content-type': 'application/json; charset=utf-8',
  })
  return { head, body: bytesAsText(JSON.stringify(oauthErrorOf(site, refusal, id))) }
}

/** RFC 6749 §5.2. */
function oauthErrorOf(site: Site, refusal: Refusal, reference: string) {
  return { error: refusal.oauthError, error_description: refusal.oauthDescription, error_uri: typeOf(site, refusal), reference }
}

function withReference({ beforeReference, afterReference }: PreparedProblem, reference: string): string {
  return beforeReference + reference + afterReference
}

/** Routes for root keys set no fields of their own before they know who calls. */
function isForRootKeys(request: FastifyRequest): boolean {
  const { guard } = request.routeOptions.config
  return guard !== undefined && 'scope' in guard
}

interface PreparedProblem {
  readonly head: PreparedHead
  readonly beforeReference: string
  readonly afterReference: string
}

const problems = new WeakMap<Site, Map<RefusalCode, PreparedProblem>>()

/** The answer of a refusal that says what the table says and no more, so that a flood of them is cheap; `undefined` if it says more. */
function preparedProblem(site: Site, refusal: Refusal): PreparedProblem | undefined {
  const { code, neededScopes, limits, retryAfterSeconds } = refusal
  if (!refusal.isAsInTable || neededScopes !== undefined || limits !== undefined || retryAfterSeconds !== undefined) return undefined
  const known = problems.get(site)?.get(code)
  if (known !== undefined) return known
  const { headers } = challengeFor(refusal, { realm: site.issuer })
  const [beforeReference = '', afterReference = ''] = bytesAsText(JSON.stringify(problemOf(site, refusal, '\t'))).split('\\t')
  const prepared = { head: prepareHead(site, refusal.status, headers), beforeReference, afterReference }
  problems.set(site, (problems.get(site) ?? new Map()).set(code, prepared))
  return prepared
}

/** The refusal as RFC 9457 has it. */
export function problemOf(site: Site, refusal: Refusal, reference: string) {
  const { title, status, detail, code } = refusal
  return { type: typeOf(site, refusal), title, status, detail, code, reference, ...neededScopes(refusal) }
}

/** The address of the page that explains the refusal. */
export function typeOf(site: Site, refusal: Refusal): string {
  return `${site.issuer}/errors/${refusal.code}`
}

function neededScopes(refusal: Refusal): { readonly neededScopes?: readonly string[] } {
  return refusal.neededScopes === undefined ? {} : { neededScopes: refusal.neededScopes }
}

/**
 * RFC 6749 §5.2: a client that tried the Authorization header is told the scheme to use there; to one in a browser that sent a form, a challenge would open a dialog for a password.
 * Who came with a bearer token, to UserInfo or to introspect, is told as RFC 6750 §3 says.
 */
function oauthChallenge(
  refusal: Refusal,
  { clientAuthentication, resourceMetadata }: FastifyContextConfig,
  { authorization }: ArrivedRequest['headers'],
): string | undefined {
  if (clientAuthentication !== true) return challengeFor(refusal, resourceMetadata === undefined ? {} : { resourceMetadata }).headers['www-authenticate']
  if (refusal.oauthError === 'invalid_client') return authorization === undefined ? undefined : 'Basic realm="latchwork"'
  return refusal.status === 401 || refusal.status === 403 ? challengeFor(refusal, {}).headers['www-authenticate'] : undefined
}
