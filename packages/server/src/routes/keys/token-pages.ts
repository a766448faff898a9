/** `/account/tokens`: a person makes, sees and revokes their own personal access tokens (K18). */
import type { SignedIn } from '@latchwork/accounts'
import { type ApiKey, issueKeyOnce, type Maker, policyOf, revokeKey } from '@latchwork/api-keys'
import { Refusal, refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, makeFormToken, needSignedIn, signedInOf } from '../../http/browser.ts'
import { callNameOfForm, FORM_USED } from '../../http/form-once.ts'
import { formOf, wordsOf } from '../../http/parse-form.ts'
import { sendPage } from '../../http/send-page.ts'
import type { Site } from '../../http/site.ts'
import { noticeOf, seeDone } from '../../http/what-was-done.ts'
import { DAY_MS } from '../../key-settings.ts'
import { keyMadeBeforePage, keyMadePage, type Problem, paths, tokensPage } from '../../pages/index.ts'

const config = { dialect: 'page' } as const
const PURPOSE = 'tokens'
const DAYS = [7, 30, 90, 365] as const
const USUAL_DAYS = 30

export function tokenPageRoutes(app: FastifyInstance, site: Site): void {
  app.get(paths.tokens, { config }, async (request, reply) => {
    const signedIn = await needSignedIn(site, request, reply)
    return signedIn === undefined ? reply : showTokens(site, request, reply, signedIn)
  })
  app.post(paths.tokens, { config }, (request, reply) => makeToken(site, request, reply))
  app.post(paths.endToken, { config }, async (request, reply) => {
    const signedIn = await postedBy(site, request)
    const token = await site.installation.store.apiKeys.findKey(formOf(request).get('token_id') ?? '')
    // Not-yours answers as not-there.
    if (token === undefined || token.userId !== signedIn.user.id) return refuse('not_found', { about: { userId: signedIn.user.id } })
    await revokeKey(site.installation.apiKeys, token.id, 'revoked_by_person', makerOf(site, request, signedIn), site.clock.now())
    return seeDone(reply, paths.tokens, 'token_revoked')
  })
}

async function postedBy(site: Site, request: FastifyRequest): Promise<SignedIn> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  checkForm(site, request, formOf(request), PURPOSE, signedIn.session.id)
  return signedIn
}

function makerOf(site: Site, request: FastifyRequest, { user }: SignedIn): Maker {
  return { kind: 'user', id: user.id, ceiling: policyOf(site.installation.apiKeys).personScopes, origin: site.originOf(request) }
}

interface RefusedForm {
  readonly posted: URLSearchParams
  readonly refusal: Refusal
}

async function showTokens(site: Site, request: FastifyRequest, reply: FastifyReply, { user, session }: SignedIn, refused?: RefusedForm): Promise<FastifyReply> {
  const { store, config, apiKeys } = site.installation
  const { items } = await store.apiKeys.listKeys({ userId: user.id, kind: 'pat', activeAt: site.clock.now(), limit: 100 })
  if (refused !== undefined) void reply.code(refused.refusal.status)
  const described = new Map(config.apis.flatMap((api) => api.scopes.map((scope) => [scope.name, scope.description])))
  const scopes = policyOf(apiKeys).personScopes.map((scope) => ({ value: scope, label: scope, ...hintOf(described.get(scope)) }))
  const page = tokensPage(site.page, {
    formToken: makeFormToken(site, request, reply, PURPOSE, session.id),
    person: user,
    ...noticeOf(request),
    tokens: items.map(shownToken),
    scopes,
    days: DAYS,
    usualDays: USUAL_DAYS,
    asksNetworks: policyOf(apiKeys).requireNetworks.includes('live'),
    ...(refused === undefined ? {} : { refused: { ...valuesOf(refused.posted), problems: [problemOf(refused)] } }),
  })
  return sendPage(reply, page)
}

function hintOf(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint }
}

function shownToken({ id, name, fingerprint, scopes, createdAt, expiresAt, lastUsedAt }: ApiKey) {
  const times = { ...(expiresAt === undefined ? {} : { expiresAt }), ...(lastUsedAt === undefined ? {} : { lastUsedAt }) }
  return { id, name, fingerprint, scopes, createdAt, ...times }
}

function valuesOf(posted: URLSearchParams) {
  return { name: posted.get('name') ?? '', scopes: posted.getAll('scope'), days: posted.get('days') ?? '', networks: posted.get('networks') ?? '' }
}

function problemOf({ posted, refusal: { code, detail } }: RefusedForm): Problem {
  if (code === 'scope_invalid' || code === 'scope_exceeds_maker') return { message: detail, field: 'scope' }
  if (code === 'network_invalid' || code === 'key_networks_required') return { message: detail, field: 'networks' }
  if (code === 'idempotency_key_reused') return { message: FORM_USED }
  if (code === 'key_invalid' && posted.get('name') === '') return { message: 'Say what it is for.', field: 'name' }
  if (code === 'key_invalid') return { message: detail, field: detail.includes('expiresAt') ? 'days' : 'name' }
  return { message: detail }
}

async function makeToken(site: Site, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const signedIn = await postedBy(site, request)
  const posted = formOf(request)
  const { name, scopes, days, networks } = valuesOf(posted)
  const lifetime = DAYS.find((count) => String(count) === days) ?? refuse('request_malformed')
  const { user } = signedIn
  try {
    const now = site.clock.now()
    const terms = { name, scopes, networks: wordsOf(networks), expiresAt: now + lifetime * DAY_MS }
    const asked = { ...terms, accountId: user.accountId, kind: 'pat', environment: 'live', userId: user.id } as const
    const { key, secret } = await issueKeyOnce(site.installation.apiKeys, asked, makerOf(site, request, signedIn), now, callNameOfForm(posted, PURPOSE))
    const made = { kind: 'token', person: user, keyId: key.id, name: key.name, doneAt: paths.tokens } as const
    if (secret === undefined) return sendPage(reply, keyMadeBeforePage(site.page, { ...made, fingerprint: key.fingerprint }))
    return sendPage(reply, keyMadePage(site.page, { ...made, secret: secret.reveal() }))
  } catch (error) {
    if (!(error instanceof Refusal) || error.status >= 500) throw error
    site.recordRefusal(error, request)
    return showTokens(site, request, reply, signedIn, { posted, refusal: error })
  }
}
