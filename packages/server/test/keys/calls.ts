/** What tests of keys most often ask of a server. */
import assert from 'node:assert/strict'
import type { Answer, Latchwork } from '../kit/start-latchwork.ts'
import { type Visit, type WebBrowser, webBrowser } from '../kit/web-browser.ts'

export const DAY = 86_400_000
export const HOUR = 3_600_000

export function asRoot(latchwork: Latchwork, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return latchwork.call(method, path, { bearer: latchwork.rootKey, headers, ...(body === undefined ? {} : { body }) })
}

export async function newAccount(latchwork: Latchwork): Promise<string> {
  const { status, body } = await asRoot(latchwork, 'POST', '/v1/accounts', { name: 'Acme' })
  assert.equal(status, 201, JSON.stringify(body))
  return body.id
}

export interface Made {
  readonly secret: string
  // biome-ignore lint/suspicious/noExplicitAny: an answer's member
  readonly key: any
}

export async function make(latchwork: Latchwork, accountId: string, more: object = {}): Promise<Made> {
  const { status, body } = await asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'Nightly export', ...more })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

export const roll = (latchwork: Latchwork, id: string, body: object = {}): Promise<Answer> => asRoot(latchwork, 'POST', `/v1/keys/${id}/roll`, body)

/** What is known of a credential. */
export async function known(latchwork: Latchwork, credential: string) {
  return (await asRoot(latchwork, 'POST', '/v1/verify', { credential })).body
}

/** Alive and in time. */
export async function works(latchwork: Latchwork, credential: string): Promise<boolean> {
  const { known: isKnown, record } = await known(latchwork, credential)
  return isKnown && record.alive && (record.principal.expiresAt === undefined || record.principal.expiresAt > latchwork.now())
}

export async function read(latchwork: Latchwork, id: string) {
  return (await asRoot(latchwork, 'GET', `/v1/keys/${id}`)).body
}

export async function eventsOf(latchwork: Latchwork, id: string): Promise<readonly string[]> {
  const { items } = (await asRoot(latchwork, 'GET', `/v1/events?credentialId=${id}&limit=100`)).body
  return items.map(({ type }: { readonly type: string }) => type).reverse()
}

/** What became of a key after it was made, as its events tell: what, why, and who did it from where. */
export async function historyOf(latchwork: Latchwork, id: string): Promise<readonly string[]> {
  const { items } = (await asRoot(latchwork, 'GET', `/v1/events?credentialId=${id}&limit=100`)).body
  const told = items.filter(({ type }: { readonly type: string }) => type.startsWith('key.') && type !== 'key.created').reverse()
  return told.map((event: { type: string; reason?: string; actor: { kind: string }; address?: string }) =>
    [event.type, event.reason ?? '-', event.actor.kind, event.address ?? '-'].join(' '),
  )
}

/** A person with an account of their own. */
export async function newPerson(latchwork: Latchwork): Promise<{ readonly userId: string; readonly accountId: string }> {
  const email = `p${Math.random().toString(36).slice(2)}@example.com`
  const { status, body } = await latchwork.call('POST', '/v1/sessions/sign-up', {
    body: { email, password: 'correct horse battery 7', name: 'Ada' },
    headers: { origin: latchwork.issuer },
  })
  assert.equal(status, 201, JSON.stringify(body))
  return { userId: body.user.id, accountId: body.user.accountId }
}

export const formTokenOf = (page: Visit): string => /name="form_token" value="([^"]*)"/.exec(page.text)?.[1] ?? ''

/** The browser of the first operator. */
export async function operatorOf(latchwork: Latchwork): Promise<WebBrowser> {
  const browser = webBrowser()
  const link = new URL(latchwork.server.operatorLink ?? assert.fail('an operator is there already'))
  const page = await browser.open(link.href)
  const fields = {
    form_token: formTokenOf(page),
    link: link.searchParams.get('link') ?? '',
    email: 'op@example.com',
    password: 'correct horse battery 7',
    name: 'Op',
  }
  assert.equal((await browser.post(`${latchwork.issuer}/first-operator`, fields, { origin: latchwork.issuer })).status, 303)
  return browser
}
