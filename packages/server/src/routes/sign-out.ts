/** `/logout`: people sign out, by themselves or because an application asks (OpenID Connect RP-Initiated Logout 1.0). */
import { type SignedIn, signOut } from '@latchwork/accounts'
import { couldBeAnybodys, frontChannelAddresses, isProvenBy, type LogoutRequest, parametersOf, readLogout } from '@latchwork/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, makeFormToken, signedInOf } from '../http/browser.ts'
import { formOf, parseParameters, queryOf } from '../http/parse-form.ts'
import { seeOther, sendPage } from '../http/send-page.ts'
import { clearSessionCookies } from '../http/session-cookies.ts'
import type { Site } from '../http/site.ts'
import { checkAddressLength } from '../http/way-on.ts'
import { type Destination, paths, signedOutPage, signOutPage } from '../pages/index.ts'

const config = { dialect: 'page' } as const
const PURPOSE = 'sign-out'

/** A GET with a good hint ends the session: so there is no HEAD, which must not act (RFC 9110 §9.2.1). */
export function signOutRoutes(app: FastifyInstance, site: Site): void {
  app.get(paths.signOut, { config: { ...config, isAskedByApplications: true }, exposeHeadRoute: false }, (request, reply) =>
    startSignOut(site, request, reply, queryOf(request)),
  )
  app.post(paths.signOut, { config }, (request, reply) => {
    const form = formOf(request)
    if (form.has('request')) return confirmSignOut(site, request, reply, form)
    // §2 asks for POST as well; one from another site brings no Lax cookie, so it becomes a GET, which does.
    return seeOther(reply, checkAddressLength(form.size === 0 ? paths.signOut : `${paths.signOut}?${form}`))
  })
}

async function startSignOut(site: Site, request: FastifyRequest, reply: FastifyReply, query: URLSearchParams): Promise<FastifyReply> {
  const asked = await readLogout(site.installation.oauth, parametersOf(query))
  const signedIn = await signedInOf(site, request)
  if (signedIn === undefined) return leave(reply, site, asked, [], mayGoOn(site, asked) ? 'page' : 'link')
  if (isProvenBy(site.installation.oauth, asked, signedIn.session.id)) return endAndLeave(site, request, reply, asked, signedIn)
  const text = query.toString()
  const destination = destinationOf(asked)
  const page = signOutPage(site.page, {
    formToken: makeFormToken(site, request, reply, PURPOSE, aboutSignOut(signedIn, text)),
    hidden: { request: text },
    person: signedIn.user,
    ...(asked.client === undefined ? {} : { askedBy: asked.client.name }),
    ...(destination === undefined ? {} : { destination }),
  })
  return sendPage(reply, page, asked.returnTo === undefined ? [] : [asked.returnTo])
}

/** The answer counts for this person in this browser, and for this very request. */
function aboutSignOut(signedIn: SignedIn, requestText: string): string {
  return `${signedIn.user.id} ${requestText}`
}

async function confirmSignOut(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const text = form.get('request') ?? ''
  const asked = await readLogout(site.installation.oauth, parametersOf(parseParameters(text)))
  const signedIn = await signedInOf(site, request)
  if (signedIn === undefined) return leave(reply, site, asked, [], mayGoOn(site, asked) ? 'form' : 'link') // another tab was first, or it is no form of ours
  checkForm(site, request, form, PURPOSE, aboutSignOut(signedIn, text))
  return endAndLeave(site, request, reply, asked, signedIn)
}

async function endAndLeave(site: Site, request: FastifyRequest, reply: FastifyReply, asked: LogoutRequest, signedIn: SignedIn): Promise<FastifyReply> {
  const { accounts, oauth, longestTokenMs } = site.installation
  const frames = await frontChannelAddresses(oauth, signedIn.session.id) // before the end: a store that is away changes nothing
  await signOut(accounts, signedIn, { reason: 'signed_out', origin: site.originOf(request) }, site.clock.now(), longestTokenMs)
  clearSessionCookies(reply)
  return leave(reply, site, asked, frames, 'form')
}

/** Whether the person goes back by themselves though nobody asked them: not to an address that anybody could have registered, unless it is of whoever signed them in (§3). */
function mayGoOn({ installation }: Site, { client, hintedSession }: LogoutRequest): boolean {
  return hintedSession !== undefined || client === undefined || !couldBeAnybodys(installation.oauth, client)
}

/** @param after `form`: whoever answered a form goes on with a GET. `link`: nothing goes on by itself. */
function leave(reply: FastifyReply, site: Site, asked: LogoutRequest, frames: readonly string[], after: 'page' | 'form' | 'link'): FastifyReply {
  if (frames.length === 0 && asked.returnTo !== undefined && after !== 'link') return seeOther(reply, asked.returnTo)
  if (frames.length === 0 && after === 'form') return seeOther(reply, paths.signOut)
  const destination = destinationOf(asked)
  return sendPage(reply, signedOutPage(site.page, { frames, ...(destination === undefined ? {} : { destination }) }), [], frames)
}

function destinationOf({ client, returnTo }: LogoutRequest): Destination | undefined {
  return client === undefined || returnTo === undefined ? undefined : { applicationName: client.name, redirectUri: returnTo }
}
