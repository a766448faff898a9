/** Chapter 2: a person signs up, signs in, calls the API with a session token, refreshes, and signs out. */
import { bearer, demand, jsonOf, postJson } from './exchange.ts'
import type { Narrator } from './narrator.ts'
import type { Person } from './person.ts'
import { CALLER, told } from './told.ts'
import { untilRefused } from './until-refused.ts'
import { Visitor } from './visitor.ts'
import type { World } from './world.ts'

const TOKENS = ['accessToken', 'expiresIn']

interface SessionAnswer {
  readonly accessToken: string
  readonly user: { readonly id: string }
}

export async function sessionChapter(narrator: Narrator, world: World, person: Person): Promise<void> {
  const front = { origin: world.issuer } // as a browser says for a front end on the server's own origin
  const notes = `${world.api}/notes`
  const browser = new Visitor()
  const { email, password, name } = person
  narrator.chapter('2 · Sessions, for people in your own front end')

  narrator.step('A person signs up. The password is hashed with Argon2id, which is slow on purpose.')
  await told(narrator, postJson(`${world.issuer}/v1/sessions/sign-up`, { email, password, name }, front), 201, ['user.id', 'user.email'])

  narrator.step('She signs in. The front end gets a signed token for ten minutes, and the browser a refresh cookie that no script can read.')
  const signedIn = browser.keep(await told(narrator, postJson(`${world.issuer}/v1/sessions/sign-in`, { email, password }, front), 200, TOKENS))
  const { accessToken, user } = jsonOf<SessionAnswer>(signedIn)

  narrator.step('The API checks the signature with the public key it already has; the server is not asked.')
  const answered = jsonOf<{ caller: { subject: string } }>(await told(narrator, { method: 'GET', url: notes, headers: bearer(accessToken) }, 200, CALLER))
  demand(answered.caller.subject === user.id, 'the API names the person who called')

  narrator.step('Before the token expires, the front end gets a new one for the cookie. Each use replaces the cookie; an old one would end the session.')
  const refresh = browser.dress({ method: 'POST', url: `${world.issuer}/v1/sessions/refresh`, headers: front })
  const refreshed = jsonOf<SessionAnswer>(browser.keep(await told(narrator, refresh, 200, TOKENS)))
  demand(refreshed.accessToken !== accessToken, 'the refresh brings a new access token')

  narrator.step('She signs out. The session, its cookie and every token of it end together.')
  browser.keep(await told(narrator, browser.dress({ method: 'POST', url: `${world.issuer}/v1/sessions/sign-out`, headers: front }), 204))

  narrator.step('The newest token has minutes to live and its signature is good, yet the API refuses it: it has heard of the sign-out.')
  await untilRefused(narrator, { method: 'GET', url: notes, headers: bearer(refreshed.accessToken) }, 401)
}
