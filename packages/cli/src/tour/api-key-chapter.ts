/** Chapter 1: an API key is made, used, mistyped, used beyond its scopes, and revoked. */
import { bearer, demand, exchange, jsonOf, postJson } from './exchange.ts'
import type { Narrator } from './narrator.ts'
import { CALLER, told } from './told.ts'
import { untilRefused } from './until-refused.ts'
import type { World } from './world.ts'

interface MadeKey {
  readonly key: { readonly id: string; readonly fingerprint: string }
  readonly secret: string
}

export async function apiKeyChapter(narrator: Narrator, world: World): Promise<void> {
  const root = bearer(world.rootKey)
  const notes = `${world.api}/notes`
  narrator.chapter('1 · API keys, for programs that act for themselves')

  const account = await exchange(postJson(`${world.issuer}/v1/accounts`, { name: 'Acme' }, root))
  const { id: accountId } = jsonOf<{ id: string }>(account)

  narrator.step('An operator makes a key for the account Acme. Its text is in this answer and never again: the server keeps a SHA-256 of it.')
  const asked = { accountId, kind: 'rk', name: 'nightly export', scopes: ['notes:read'] }
  const { key, secret } = jsonOf<MadeKey>(await told(narrator, postJson(`${world.issuer}/v1/keys`, asked, root), 201, ['secret', 'key.id']))

  narrator.step('A program calls the API with it. The API asks the server once, and from then on remembers the key and listens for its end.')
  const answered = jsonOf<{ caller: { credentialId: string } }>(await told(narrator, { method: 'GET', url: notes, headers: bearer(secret) }, 200, CALLER))
  demand(answered.caller.credentialId === key.id, 'the API names the key that called')

  narrator.step('The key has the scope notes:read and nothing else, so it may not write.')
  await told(narrator, postJson(notes, { text: 'not mine to write' }, bearer(secret)), 403)

  narrator.step('One wrong character, and the six digits of checksum at the end no longer fit: the API refuses without asking anybody.')
  await told(narrator, { method: 'GET', url: notes, headers: bearer(withOneWrongCharacter(secret)) }, 401)

  narrator.step('The operator revokes the key. The end is written and pushed to every listening API in one act.')
  await told(narrator, { method: 'DELETE', url: `${world.issuer}/v1/keys/${key.id}`, headers: root }, 204)

  narrator.step('The program calls again and is refused. It is not told why: unknown and revoked look the same to a bearer.')
  await untilRefused(narrator, { method: 'GET', url: notes, headers: bearer(secret) }, 401)
}

/** Changes one character in the middle, as a slip of the hand would. */
function withOneWrongCharacter(secret: string): string {
  const at = secret.length - 20
  return secret.slice(0, at) + (secret[at] === 'a' ? 'b' : 'a') + secret.slice(at + 1)
}
