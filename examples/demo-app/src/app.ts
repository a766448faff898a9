/**
 * The Notes Printer: signs people in through Latchwork, then calls another party's API in their name. It holds the tokens on the server; its pages are plain forms.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { redirect, send, sendPage } from './answers.ts'
import { explain } from './explain.ts'
import { failure, home, type Note, stylesheet, welcome } from './pages.ts'
import { type RelyingParty, relyingParty } from './relying-party.ts'
import type { Settings } from './settings.ts'
import { NotSignedIn, type Visitor, Visitors } from './visitors.ts'

export interface RunningApp {
  readonly url: string
  readonly close: () => Promise<void>
}

interface App {
  readonly settings: Settings
  readonly url: string
  readonly party: RelyingParty
  readonly visitors: Visitors
}

type Route = (app: App, request: IncomingMessage, response: ServerResponse) => Promise<void>

export async function startApp(settings: Settings): Promise<RunningApp> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const app: App = { settings, url, party: relyingParty(settings, `${url}/callback`), visitors: new Visitors() }
  server.on('request', (request, response) => void answer(app, request, response))
  return { url, close: () => close(server) }
}

const routes: Readonly<Record<string, Route>> = {
  'GET /': showHome,
  'GET /style.css': async (_app, _request, response) => send(response, 200, 'text/css; charset=utf-8', stylesheet),
  'POST /sign-in': startSignIn,
  'GET /callback': finishSignIn,
  'POST /notes': readNotes,
  'POST /refresh': refresh,
  'POST /sign-out': signOut,
}

async function answer(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', app.url)
  const route = routes[`${request.method} ${pathname}`]
  try {
    if (route === undefined) sendPage(response, 404, 'Not found', failure('There is no such page', 'The address may be mistyped.'))
    else await route(app, request, response)
  } catch (error) {
    const { status, title, detail, code } = explain(error)
    if (status === 500) console.error(error)
    sendPage(response, status, title, failure(title, detail, code))
  }
}

async function showHome(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const signedIn = app.visitors.find(request)?.signedIn
  sendPage(response, 200, 'Notes Printer', signedIn === undefined ? welcome(app.settings.issuer.origin) : home(signedIn))
}

async function startSignIn(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { address, pending } = await app.party.startSignIn()
  app.visitors.renew(response, app.visitors.find(request), { pending })
  redirect(response, address.href)
}

async function finishSignIn(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const visitor = app.visitors.find(request)
  if (visitor?.pending === undefined) return redirect(response, '/')
  app.visitors.forget(visitor) // one answer for one sign-in, good or bad
  const signedIn = await app.party.finishSignIn(new URL(request.url ?? '/', app.url), visitor.pending)
  app.visitors.renew(response, visitor, { signedIn })
  redirect(response, '/')
}

async function readNotes(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const visitor = signedInVisitor(app, request)
  const answered = await app.party.readNotes(visitor.signedIn)
  if (!answered.ok) return sendPage(response, 502, 'Notes Printer', home(visitor.signedIn, await refusalOf(answered)))
  const { notes } = (await answered.json()) as { readonly notes: readonly Note[] }
  sendPage(response, 200, 'Notes Printer', home(visitor.signedIn, undefined, notes))
}

async function refresh(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const visitor = signedInVisitor(app, request)
  const signedIn = await app.party.refresh(visitor.signedIn)
  app.visitors.update(visitor, signedIn)
  sendPage(response, 200, 'Notes Printer', home(signedIn, 'The access token was refreshed, and the refresh token replaced.'))
}

async function signOut(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const visitor = app.visitors.find(request)
  app.visitors.forget(visitor)
  if (visitor?.signedIn !== undefined) await app.party.revoke(visitor.signedIn)
  redirect(response, '/')
}

function signedInVisitor(app: App, request: IncomingMessage): Visitor & Required<Pick<Visitor, 'signedIn'>> {
  const visitor = app.visitors.find(request)
  if (visitor?.signedIn === undefined) throw new NotSignedIn()
  return { ...visitor, signedIn: visitor.signedIn }
}

async function refusalOf(answered: Response): Promise<string> {
  const problem = (await answered.json().catch(() => ({}))) as { readonly detail?: string }
  return `The API refused (${answered.status}). ${problem.detail ?? ''}`
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
