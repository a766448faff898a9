/** A person's own page: where they are signed in, and the way to end each sign-in. */
import { signOut } from '@latchwork/accounts'
import { refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, makeFormToken, needSignedIn, signedInOf } from '../http/browser.ts'
import { formOf } from '../http/parse-form.ts'
import { seeOther, sendPage } from '../http/send-page.ts'
import { clearSessionCookies } from '../http/session-cookies.ts'
import type { Site } from '../http/site.ts'
import { noticeOf, seeDone } from '../http/what-was-done.ts'
import { accountPage, paths } from '../pages/index.ts'
import { everyItem } from './list-query.ts'

const config = { dialect: 'page' } as const
const PURPOSE = 'account'

export function accountPageRoutes(app: FastifyInstance, site: Site): void {
  app.get(paths.account, { config }, (request, reply) => showAccount(site, request, reply))
  app.post(paths.endSession, { config }, (request, reply) => endDevice(site, request, reply, formOf(request)))
  app.post(paths.endOtherSessions, { config }, (request, reply) => endOthers(site, request, reply, formOf(request)))
}

async function showAccount(site: Site, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const signedIn = await needSignedIn(site, request, reply)
  if (signedIn === undefined) return reply
  const { store } = site.installation
  const { user, session } = signedIn
  const [sessions, applications] = await Promise.all([
    store.accounts.listLoginSessions(user.id, site.clock.now()),
    everyItem((page) => store.oauth.listApplications(user.id, page)),
  ])
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
    applicationCount: applications.length,
    ...noticeOf(request),
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
  if (session.id !== signedIn.session.id) return seeDone(reply, paths.account, 'device_signed_out')
  clearSessionCookies(reply)
  return seeOther(reply, paths.signOut)
}

/** Each ends in an act of its own: what was done when one fails is done, and the rest can be asked for again. */
async function endOthers(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  const { user } = signedIn
  checkForm(site, request, form, PURPOSE, user.id)
  const { accounts, store, longestTokenMs } = site.installation
  const end = { reason: 'ended_by_person', origin: site.originOf(request) }
  for (const session of await store.accounts.listLoginSessions(user.id, site.clock.now())) {
    if (session.id !== signedIn.session.id) await signOut(accounts, { session, user }, end, site.clock.now(), longestTokenMs)
  }
  return seeDone(reply, paths.account, 'others_signed_out')
}
