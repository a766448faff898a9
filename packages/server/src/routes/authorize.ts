/** `/authorize` and the consent page behind it (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2). */
import type { SignedIn } from '@latchwork/accounts'
import { Refusal, refuse } from '@latchwork/kernel'
import {
  type AddressedRequest,
  type Allowance,
  type AuthorizationRequest,
  type AuthorizationResponse,
  addressRequest,
  CONNECTED_KEY_SCOPE,
  type Consent,
  codeResponse,
  connectedKeyScopes,
  couldBeAnybodys,
  denialEvent,
  describeScope,
  errorResponse,
  issueCode,
  locationOf,
  nextStep,
  parametersOf,
  readRequest,
  wasAllowed,
} from '@latchwork/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { applicationFactsOf } from '../http/application-facts.ts'
import { checkForm, makeFormToken, signedInOf } from '../http/browser.ts'
import { formOf, parseParameters, queryOf } from '../http/parse-form.ts'
import { seeOther, sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { SURELY_SHORT, waySignIn } from '../http/way-on.ts'
import { consentPage, formPostPage, leavingPage, paths, pathWith } from '../pages/index.ts'

const PATH = '/authorize'

/** A GET may issue a code: so there is no HEAD, which must not act (RFC 9110 §9.2.1). */
export function authorizeRoutes(app: FastifyInstance, site: Site): void {
  const config = { dialect: 'page', isAskedByApplications: true } as const
  app.get(PATH, { config, exposeHeadRoute: false }, (request, reply) => authorize(site, request, reply, queryOf(request)))
  // A cross-site POST brings no Lax cookie: it becomes a GET, which does (design, decision 15; OpenID Connect Core §3.1.2.1 asks for both).
  app.post(PATH, { config }, (request, reply) => {
    const query = formOf(request)
    waySignIn(query)
    return seeOther(reply, `${PATH}?${query}`)
  })
  app.post(paths.consent, { config: { dialect: 'page' } }, (request, reply) => answerConsent(site, request, reply, formOf(request)))
}

async function authorize(site: Site, request: FastifyRequest, reply: FastifyReply, query: URLSearchParams): Promise<FastifyReply> {
  const { oauth } = site.installation
  if (request.url.length > SURELY_SHORT) waySignIn(marked(site, query)) // else it fits
  const addressed = await addressRequest(oauth, parametersOf(query))
  let isSignedIn = false
  try {
    const asked = readRequest(oauth, addressed)
    const signedIn = await signedInOf(site, request)
    isSignedIn = signedIn !== undefined
    const consent = signedIn === undefined ? undefined : await oauth.store.findConsent(signedIn.user.id, asked.client.id)
    const next = nextStep(oauth, asked, { signedIn: signedIn && portOf(signedIn), consent, proofAfter: site.proofRequests.read(query), now: site.clock.now() })
    if (next.step === 'sign_in') return seeOther(reply, waySignIn(marked(site, query), asked.loginHint))
    if (next.step === 'consent' && signedIn !== undefined) return await askConsent(site, request, reply, { asked, query, signedIn, consent })
    return await issue(site, request, reply, asked, { signedIn: next.signedIn, scopes: asked.consentScopes, consent, wasAsked: false })
  } catch (error) {
    const isSilent = isSignedIn && query.get('prompt') === 'none'
    return respondRefusal(site, request, reply, addressed, error, isSilent || !couldBeAnybodys(oauth, addressed.client))
  }
}

/** The request with the time at which it was sent to sign-in, so that it knows the proof it asked for when it comes back. */
function marked(site: Site, query: URLSearchParams): URLSearchParams {
  return site.proofRequests.mark(query, site.clock.now())
}

/** The person as `oauth` needs to know them. */
function portOf({ session, user }: SignedIn): Allowance['signedIn'] {
  return { sessionId: session.id, userId: user.id, authenticatedAt: session.authenticatedAt, methods: session.methods }
}

interface Asked {
  readonly asked: AuthorizationRequest
  readonly query: URLSearchParams
  readonly signedIn: SignedIn
  readonly consent: Consent | undefined
}

async function askConsent(site: Site, request: FastifyRequest, reply: FastifyReply, { asked, query, signedIn, consent }: Asked): Promise<FastifyReply> {
  const { client } = asked
  const text = query.toString()
  const page = consentPage(site.page, {
    ...(await applicationFactsOf(site, client)),
    formToken: makeFormToken(site, request, reply, 'consent', aboutConsent(signedIn, text)),
    hidden: { request: text },
    destination: { applicationName: client.name, redirectUri: asked.redirectUri },
    scopes: asked.consentScopes.map((scope) => ({
      scope,
      sentence: describeScope(site.installation.oauth, scope, asked.audience),
      isRequired: scope === 'openid',
      wasGiven: wasAllowed(consent, scope),
    })),
    ...(asked.scopes.includes(CONNECTED_KEY_SCOPE) ? { keyScopes: connectedKeyScopes(asked.scopes) } : {}),
    person: signedIn.user,
    switchHref: pathWith(paths.signIn, { continue: `${PATH}?${text}` }),
    lasts: asked.scopes.includes('offline_access') ? 'until_taken_back' : 'until_sign_out',
  })
  return sendPage(reply, page, [asked.redirectUri])
}

/** The answer counts for this person in this browser and for this very request (13.1). Not for one login session alone: a sign-in in another tab replaces it. */
function aboutConsent(signedIn: SignedIn, requestText: string): string {
  return `${signedIn.user.id} ${requestText}`
}

async function answerConsent(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  const requestText = form.get('request') ?? refuse('parameter_missing', { detail: 'request is missing from the form.' })
  checkForm(site, request, form, 'consent', aboutConsent(signedIn, requestText))
  const { oauth, store } = site.installation
  const query = parseParameters(requestText)
  const addressed = await addressRequest(oauth, parametersOf(query))
  try {
    const asked = readRequest(oauth, addressed)
    const port = portOf(signedIn)
    const scopes = allowedScopes(asked, form)
    if (scopes === undefined) {
      await store.events.writeEvents([denialEvent(asked, port, site.originOf(request), site.clock.now())])
      return respond(site, reply, addressed, errorResponse(oauth, addressed, new Refusal('access_denied')))
    }
    const consent = await oauth.store.findConsent(signedIn.user.id, asked.client.id)
    const proofAfter = site.proofRequests.read(query)
    const next = nextStep(oauth, asked, { signedIn: port, consent, proofAfter, now: site.clock.now() }) // the page may have been open for longer than max_age
    if (next.step === 'sign_in') return seeOther(reply, waySignIn(marked(site, query), asked.loginHint))
    return await issue(site, request, reply, asked, { signedIn: port, scopes, consent, wasAsked: true })
  } catch (error) {
    return respondRefusal(site, request, reply, addressed, error, true) // they saw where the answer goes, and answered
  }
}

/** The scopes left ticked; `undefined` when the person said no, or left nothing of what was asked. */
function allowedScopes(asked: AuthorizationRequest, form: URLSearchParams): readonly string[] | undefined {
  if (form.get('decision') !== 'allow') return undefined
  const ticked = new Set([...form.getAll('scope'), 'openid']) // `openid` has no box: it is part of every sign-in
  const scopes = asked.consentScopes.filter((scope) => ticked.has(scope))
  return scopes.length === 0 && asked.consentScopes.length > 0 ? undefined : scopes
}

async function issue(site: Site, request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, allowance: Allowance): Promise<FastifyReply> {
  const { oauth } = site.installation
  const code = await issueCode(oauth, asked, allowance, site.originOf(request), site.clock.now())
  return respond(site, reply, asked, codeResponse(oauth, asked, code))
}

/**
 * What fails after the address is known good goes to the client (RFC 6749 §4.1.2.1); our own faults and a store that is away are shown here, for the person to retry.
 * @param goesByItself false: anybody could have registered this address, and could have had somebody sent there by a link to us (RFC 9700 §4.11.2). The person is asked first.
 */
function respondRefusal(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  addressed: AddressedRequest,
  error: unknown,
  goesByItself: boolean,
): FastifyReply {
  if (!(error instanceof Refusal) || error.status >= 500) throw error
  site.recordRefusal(error, request)
  const response = errorResponse(site.installation.oauth, addressed, error)
  if (goesByItself) return respond(site, reply, addressed, response)
  const page = leavingPage(site.page, {
    destination: { applicationName: addressed.client.name, redirectUri: response.redirectUri },
    title: error.title,
    detail: error.detail,
    code: error.code,
    reference: request.id,
    answer: response.mode === 'query' ? { href: locationOf(response) } : { parameters: response.parameters },
  })
  return sendPage(reply.code(error.status), page, response.mode === 'query' ? [] : [response.redirectUri])
}

function respond(site: Site, reply: FastifyReply, request: AddressedRequest | AuthorizationRequest, response: AuthorizationResponse): FastifyReply {
  if (response.mode === 'query') return seeOther(reply, locationOf(response))
  const destination = { applicationName: request.client.name, redirectUri: response.redirectUri }
  return sendPage(reply, formPostPage(site.page, { destination, parameters: response.parameters }), [response.redirectUri])
}
