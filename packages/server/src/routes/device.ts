/** The device grant (RFC 8628): the endpoint that devices call, and the pages of the person who lets them in. */
import type { SignedIn } from '@latchwork/accounts'
import { Refusal, refuse } from '@latchwork/kernel'
import {
  allowDevice,
  authenticateClient,
  denyDevice,
  describeScope,
  findWaitingDevice,
  openDevice,
  parametersOf,
  showUserCode,
  startDevice,
  type WaitingDevice,
  wasAllowed,
} from '@latchwork/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerPreflight, forAnyOrigin } from '../http/any-origin.ts'
import { applicationFactsOf } from '../http/application-facts.ts'
import { checkForm, makeFormToken, needSignedIn, signedInOf } from '../http/browser.ts'
import { clientCallOf } from '../http/client-call.ts'
import { emptyFields } from '../http/empty-fields.ts'
import { forTokens } from '../http/for-tokens.ts'
import { formOf, queryOf } from '../http/parse-form.ts'
import { seeOther, sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { deviceAskPage, deviceCodePage, deviceDonePage, type Problem, paths, pathWith } from '../pages/index.ts'

const config = { dialect: 'page' } as const
const CODE = 'device-code'
const ANSWER = 'device-answer'

export function deviceRoutes(app: FastifyInstance, site: Site): void {
  const { oauth, deviceThrottle } = site.installation
  app.options('/device_authorization', forAnyOrigin, answerPreflight)
  app.post('/device_authorization', { config: { dialect: 'oauth', clientAuthentication: true }, ...forTokens }, async (request) => {
    const parameters = parametersOf(formOf(request))
    const client = await authenticateClient(oauth, clientCallOf(site, request), parameters) // RFC 8628 §3.1
    const origin = site.originOf(request)
    deviceThrottle.admitRequest(origin.address, site.clock.now())
    return startDevice(oauth, client, { parameters, origin, now: site.clock.now() })
  })
  app.get(paths.device, { config }, (request, reply) => showCode(site, request, reply))
  app.post(paths.device, { config }, (request, reply) => enterCode(site, request, reply, formOf(request)))
  app.get(paths.deviceAnswer, { config }, (request, reply) => ask(site, request, reply, queryOf(request)))
  app.post(paths.deviceAnswer, { config }, (request, reply) => answer(site, request, reply, formOf(request)))
  app.get(paths.deviceDone, { config }, (request, reply) => showDone(site, reply, queryOf(request)))
}

/** `verification_uri_complete` fills the field, and the person still presses the button: the code must be looked at (RFC 8628 §3.3.1). */
async function showCode(site: Site, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const signedIn = await needSignedIn(site, request, reply)
  if (signedIn === undefined) return reply
  return codePage(site, request, reply, signedIn, queryOf(request).get('user_code') ?? undefined)
}

function codePage(site: Site, request: FastifyRequest, reply: FastifyReply, signedIn: SignedIn, userCode?: string, problem?: Problem): FastifyReply {
  const page = deviceCodePage(site.page, {
    formToken: makeFormToken(site, request, reply, CODE, signedIn.user.id),
    person: signedIn.user,
    ...(userCode === undefined ? {} : { userCode: userCode.slice(0, 40) }),
    ...(problem === undefined ? {} : { problems: [problem] }),
  })
  return sendPage(reply, page)
}

async function enterCode(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  const { id: userId } = signedIn.user
  checkForm(site, request, form, CODE, userId)
  const { oauth, deviceThrottle } = site.installation
  const origin = site.originOf(request)
  const typed = form.get('user_code') ?? ''
  const [empty] = emptyFields(form, { user_code: 'Enter the code that your device shows.' })
  if (empty !== undefined) return codePage(site, request, reply.code(400), signedIn, undefined, empty)
  try {
    const attempt = deviceThrottle.admitCode({ userId, address: origin.address }, site.clock.now())
    const userCode = await openDevice(oauth, typed, userId, origin, site.clock.now())
    attempt.giveBack(site.clock.now()) // only a wrong code costs an attempt
    return seeOther(reply, pathWith(paths.deviceAnswer, { user_code: showUserCode(userCode) }))
  } catch (error) {
    if (!(error instanceof Refusal) || error.status >= 500) throw error
    site.recordRefusal(error, request)
    if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(error.retryAfterSeconds))
    void reply.code(error.status)
    return codePage(site, request, reply, signedIn, typed, { field: 'user_code', message: error.detail })
  }
}

/** Costs no attempt, and tells nothing: a code that this person has not entered is met as one that does not exist. */
async function ask(site: Site, request: FastifyRequest, reply: FastifyReply, query: URLSearchParams): Promise<FastifyReply> {
  const signedIn = await needSignedIn(site, request, reply)
  if (signedIn === undefined) return reply
  const { oauth } = site.installation
  const device = await findWaitingDevice(oauth, query.get('user_code') ?? '', signedIn.user.id, site.clock.now())
  const { client } = device
  const consent = await oauth.store.findConsent(signedIn.user.id, client.id)
  const page = deviceAskPage(site.page, {
    ...(await applicationFactsOf(site, client)),
    formToken: makeFormToken(site, request, reply, ANSWER, aboutAnswer(signedIn, device)),
    applicationName: client.name,
    userCode: showUserCode(device.userCode),
    askedAt: device.issuedAt,
    scopes: device.scopes.map((scope) => ({
      scope,
      sentence: describeScope(oauth, scope, device.audience),
      isRequired: scope === 'openid',
      wasGiven: wasAllowed(consent, scope),
    })),
    person: signedIn.user,
    lasts: device.scopes.includes('offline_access') ? 'until_taken_back' : 'until_sign_out',
    ...(device.address === undefined ? {} : { address: device.address }),
  })
  return sendPage(reply, page)
}

/** The answer counts for this person in this browser, and for this very device (4.6). */
function aboutAnswer(signedIn: SignedIn, device: WaitingDevice): string {
  return `${signedIn.user.id} ${device.digest}`
}

async function answer(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  const { session, user } = signedIn
  const { oauth } = site.installation
  const now = site.clock.now()
  const device = await findWaitingDevice(oauth, form.get('user_code') ?? '', user.id, now)
  checkForm(site, request, form, ANSWER, aboutAnswer(signedIn, device))
  const origin = site.originOf(request)
  const scopes = allowedScopes(device, form)
  if (scopes === undefined) {
    await denyDevice(oauth, device, user.id, origin, now)
    return seeOther(reply, paths.deviceDone)
  }
  const { id: sessionId, authenticatedAt, methods } = session
  await allowDevice(oauth, device, { signedIn: { sessionId, userId: user.id, authenticatedAt, methods }, scopes, origin, now })
  return seeOther(reply, pathWith(paths.deviceDone, { allowed: 'yes' }))
}

/** The scopes left ticked; `undefined` when the person said no, or left nothing of what was asked. */
function allowedScopes(device: WaitingDevice, form: URLSearchParams): readonly string[] | undefined {
  if (form.get('decision') !== 'allow') return undefined
  const ticked = new Set([...form.getAll('scope'), 'openid']) // `openid` has no box: it is part of every sign-in
  const scopes = device.scopes.filter((scope) => ticked.has(scope))
  return scopes.length === 0 && device.scopes.length > 0 ? undefined : scopes
}

function showDone(site: Site, reply: FastifyReply, query: URLSearchParams): FastifyReply {
  return sendPage(reply, deviceDonePage(site.page, { wasAllowed: query.get('allowed') === 'yes' }))
}
