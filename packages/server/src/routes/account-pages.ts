/** A person's own page: devices and applications, and the way to end each. */
import { signOut } from '@latchwork/accounts'
import { refuse } from '@latchwork/kernel'
import { describeScope, endConsent } from '@latchwork/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, makeFormToken, needSignedIn, signedInOf } from '../http/browser.ts'
import { formOf } from '../http/parse-form.ts'
import { seeOther, sendPage } from '../http/send-page.ts'
import { clearSessionCookies } from '../http/session-cookies.ts'
import type { Site } from '../http/site.ts'
import { accountPage, paths } from '../pages/index.ts'

const config = { dialect: 'page' } as const
const PURPOSE = 'account'

export function accountPageRoutes(app: FastifyInstance, site: Site): void {
  app.get(paths.account, { config }, (request, reply) => showAccount(site, request, reply))
  app.post(paths.endSession, { config }, (request, reply) => endDevice(site, request, reply, formOf(request)))
  app.post(paths.endConsent, { config }, (request, reply) => takeBack(site, request, reply, formOf(request)))
}

async function showAccount(site: Site, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const signedIn = await needSignedIn(site, request, reply)
  if (signedIn === undefined) return reply
  const { store, oauth } = site.installation
  const { user, session } = signedIn
  const [sessions, consents] = await Promise.all([store.accounts.listLoginSessions(user.id, site.clock.now()), store.oauth.listConsents(user.id)])
  const page = accountPage(site.page, {
    formToken: makeFormToken(site, request, reply, PURPOSE, user.id),
    person: user,
    sessions: sessions.map((one) => ({
      sessionId: one.id,
      since: one.createdAt,
      isThisOne: one.id === session.id,
      ...(one.address === undefined ? {} : { address: one.address }),
      ...(one.userAgent === undefined ? {} : { userAgent: one.userAgent }),
    })),
    applications: consents.map((consent) => ({
      consentId: consent.id,
      name: consent.clientName,
      sentences: consent.scopes.map((scope) => describeScope(oauth, scope, consent.audience)),
      givenAt: consent.givenAt,
    })),
  })
  return sendPage(reply, page)
}

async function endDevice(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  checkForm(site, request, form, PURPOSE, signedIn.user.id)
  const { accounts, store, longestTokenMs } = site.installation
  const sessions = await store.accounts.listLoginSessions(signedIn.user.id, site.clock.now())
  const session = sessions.find((one) => one.id === form.get('session_id')) ?? refuse('not_found')
  await signOut(accounts, { session, user: signedIn.user }, { reason: 'ended_by_person', origin: site.originOf(request) }, site.clock.now(), longestTokenMs)
  if (session.id !== signedIn.session.id) return seeOther(reply, paths.account)
  clearSessionCookies(reply)
  return seeOther(reply, paths.signOut)
}

async function takeBack(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  checkForm(site, request, form, PURPOSE, signedIn.user.id)
  await endConsent(site.installation.oauth, form.get('consent_id') ?? '', signedIn.user.id, site.originOf(request), site.clock.now())
  return seeOther(reply, paths.account)
}
