/** Chapter 3: somebody else's application gets a permission, uses it, refreshes it; then what a thief would try. */
import { createHash, randomBytes } from 'node:crypto'
import { type Answer, bearer, Deviation, demand, exchange, jsonOf, postForm, postJson, type Request } from './exchange.ts'
import type { Narrator } from './narrator.ts'
import type { Person } from './person.ts'
import { CALLER, told } from './told.ts'
import { untilRefused } from './until-refused.ts'
import { formOf, Visitor } from './visitor.ts'
import type { World } from './world.ts'

const REDIRECT_URI = 'http://127.0.0.1:9/callback' // nobody listens there: the tour reads the address and goes no further

const TOKENS = ['access_token', 'refresh_token', 'id_token', 'expires_in', 'scope']

interface Application {
  readonly id: string
  readonly secret: string
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token?: string
}

export async function oauthChapter(narrator: Narrator, world: World, person: Person): Promise<void> {
  narrator.chapter("3 · OAuth 2.1, for other people's applications")
  const application = await registerApplication(narrator, world)
  const browser = new Visitor()
  const notes = `${world.api}/notes`

  const first = await authorizeWithPages(narrator, world, application, browser, person)
  narrator.step('The application trades the code for tokens. It proves itself by its secret, and by the verifier that it began with (PKCE).')
  const tokens = jsonOf<Tokens>(await told(narrator, redemption(world, application, first), 200, TOKENS))
  demand(tokens.id_token !== undefined, 'an ID token comes with the access token')

  narrator.step('It calls the API in the name of the person, with no more than she allowed.')
  await told(narrator, { method: 'GET', url: notes, headers: bearer(tokens.access_token) }, 200, CALLER)

  narrator.step('It refreshes. The refresh token is used up and a new one takes its place.')
  const refresh = postForm(`${world.issuer}/token`, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, basic(application))
  const fresh = jsonOf<Tokens>(await told(narrator, refresh, 200, TOKENS))
  demand(fresh.refresh_token !== tokens.refresh_token, 'the refresh token is replaced')

  narrator.step('Somebody presents the old refresh token again. Two hold it, so one is a thief: the whole grant ends, on this device alone.')
  await told(narrator, refresh, 400)

  narrator.step('The newest access token ended with it.')
  await untilRefused(narrator, { method: 'GET', url: notes, headers: bearer(fresh.access_token) }, 401)

  await replayCode(narrator, world, application, browser)
}

async function registerApplication(narrator: Narrator, world: World): Promise<Application> {
  narrator.step(
    'An operator registers the application, the one address it may be answered at, and the most it may ever ask for, and vouches for it: of others people are asked each time.',
  )
  const asked = {
    name: 'Notes Printer',
    redirectUris: [REDIRECT_URI],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access', 'notes:read'],
    audiences: [world.api],
    settings: { isAssured: true },
  }
  const registration = postJson(`${world.issuer}/v1/clients`, asked, bearer(world.rootKey))
  const made = jsonOf<{ client: { id: string }; secret?: string }>(await told(narrator, registration, 201, ['client.id', 'secret']))
  if (made.secret === undefined) throw new Deviation('Expected: a secret for the application.')
  return { id: made.client.id, secret: made.secret }
}

/** What the application keeps while the person is away at the server, and the code it gets. */
interface Attempt {
  readonly verifier: string
  readonly code: string
}

/** The person's way: sign in, allow, and back to the application. */
async function authorizeWithPages(narrator: Narrator, world: World, application: Application, browser: Visitor, person: Person): Promise<Attempt> {
  const { request, verifier, state } = authorizationRequest(world, application)

  narrator.step('The application sends the person to the server, with the hash of a verifier it keeps to itself. She is not signed in, so she is asked to.')
  const toSignIn = browser.keep(await told(narrator, browser.dress(request), 303))

  narrator.step('She signs in on the page of the server: the application never sees her password.')
  const signInPage = browser.keep(await exchange(browser.dress({ method: 'GET', url: locationOf(toSignIn, world) })))
  const signInForm = formOf(signInPage)
  const credentials = { ...signInForm.hidden, email: person.email, password: person.password }
  const signIn = postForm(new URL(signInForm.action, world.issuer).href, credentials, { origin: world.issuer })
  const signedIn = browser.keep(await told(narrator, browser.dress(signIn), 303))

  narrator.step('A page says who asks, for what, and where the answer goes. She allows it.')
  const back: Request = { method: 'GET', url: locationOf(signedIn, world) }
  const consentPage = browser.keep(await told(narrator, browser.dress(back), 200))
  const consentForm = formOf(consentPage)
  const fields = new URLSearchParams({ ...consentForm.hidden, decision: 'allow' })
  for (const scope of ['offline_access', 'notes:read']) fields.append('scope', scope)
  const allow: Request = {
    method: 'POST',
    url: new URL(consentForm.action, world.issuer).href,
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: world.issuer },
    body: fields.toString(),
  }
  return { verifier, code: codeOf(browser.keep(await told(narrator, browser.dress(allow), 303)), state, world) }
}

/** The consent is remembered now, so a code comes at once; and it works once. */
async function replayCode(narrator: Narrator, world: World, application: Application, browser: Visitor): Promise<void> {
  narrator.step('The application sends the person once more. Her permission is remembered, so she is sent straight back, with a new code.')
  const { request, verifier, state } = authorizationRequest(world, application)
  const attempt = { verifier, code: codeOf(browser.keep(await told(narrator, browser.dress(request), 303)), state, world) }

  narrator.step('The code without its verifier is worth nothing. Whoever stole it from the address bar cannot even burn it.')
  await told(narrator, redemption(world, application, { ...attempt, verifier: randomBytes(32).toString('base64url') }), 400)

  narrator.step('With the verifier it is redeemed.')
  const tokens = jsonOf<Tokens>(await told(narrator, redemption(world, application, attempt), 200, TOKENS))

  narrator.step('A second time it is refused, and what the first time brought ends with it (RFC 6749 §4.1.2).')
  await told(narrator, redemption(world, application, attempt), 400)
  await untilRefused(narrator, { method: 'GET', url: `${world.api}/notes`, headers: bearer(tokens.access_token) }, 401)
}

function authorizationRequest(world: World, application: Application): { readonly request: Request; readonly verifier: string; readonly state: string } {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(12).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: application.id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access notes:read',
    resource: world.api,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  return { request: { method: 'GET', url: `${world.issuer}/authorize?${query}` }, verifier, state }
}

function redemption(world: World, application: Application, { code, verifier }: Attempt): Request {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: verifier }
  return postForm(`${world.issuer}/token`, fields, basic(application))
}

/** HTTP Basic (RFC 6749 §2.3.1); neither half needs encoding here. */
function basic({ id, secret }: Application): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}

function locationOf(answer: Answer, world: World): string {
  const location = answer.headers.get('location')
  if (location === null) throw new Deviation('Expected: a redirect with a Location.')
  return new URL(location, world.issuer).href
}

/** Reads the answer as the application would: at its own address, with its own `state`, from the issuer it asked (RFC 9207). */
function codeOf(answer: Answer, expectedState: string, world: World): string {
  const location = new URL(locationOf(answer, world))
  const code = location.searchParams.get('code')
  demand(location.href.startsWith(`${REDIRECT_URI}?`), 'the answer goes to the registered address')
  demand(location.searchParams.get('state') === expectedState, 'state comes back untouched')
  demand(location.searchParams.get('iss') === world.issuer, 'iss names the server')
  if (code === null) throw new Deviation('Expected: a code.')
  return code
}
