/** The operators' page of keys. Only for operators; to everybody else it does not exist. */
import type { SignedIn } from '@latchwork/accounts'
import {
  type ApiKey,
  isPrimaryAt,
  issueKeyOnce,
  issueRootKeyOnce,
  type KeyPolicy,
  type Maker,
  managementScopes,
  policyOf,
  revokeKey,
  revokeRootKey,
} from '@latchwork/api-keys'
import { type Environment, type KeyKind, Refusal, refuse, type Secret } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkForm, makeFormToken, needSignedIn, signedInOf } from '../http/browser.ts'
import { callNameOfForm, FORM_USED } from '../http/form-once.ts'
import { formOf, wordsOf } from '../http/parse-form.ts'
import { sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { noticeOf, seeDone } from '../http/what-was-done.ts'
import { DAY_MS } from '../key-settings.ts'
import { type Choice, type KeyFormValues, keyMadeBeforePage, keyMadePage, type MadeKind, operatorKeysPage, type Problem, paths } from '../pages/index.ts'

const config = { dialect: 'page' } as const
const PURPOSE = 'operator'
const KINDS: ReadonlySet<string> = new Set<KeyKind>(['sk', 'rk'])
const ENVIRONMENTS: ReadonlySet<string> = new Set<Environment>(['live', 'test'])

export function operatorPageRoutes(app: FastifyInstance, site: Site): void {
  app.get(paths.keys, { config }, async (request, reply) => {
    const signedIn = await needSignedIn(site, request, reply)
    return signedIn === undefined ? reply : showKeys(site, request, reply, operator(signedIn))
  })
  app.post(paths.keys, { config }, (request, reply) => makeKey(site, request, reply, formOf(request)))
  app.post(paths.rootKeys, { config }, (request, reply) => makeRootKey(site, request, reply, formOf(request)))
  app.post(paths.revokeKey, { config }, async (request, reply) => {
    const maker = makerOf(site, request, await postedBy(site, request))
    await revokeKey(site.installation.apiKeys, formOf(request).get('key_id') ?? '', 'revoked_by_operator', maker, site.clock.now())
    return seeDone(reply, paths.keys, 'key_revoked')
  })
  app.post(paths.revokeRootKey, { config }, async (request, reply) => {
    const maker = makerOf(site, request, await postedBy(site, request))
    await revokeRootKey(site.installation.apiKeys, formOf(request).get('key_id') ?? '', maker, site.clock.now())
    return seeDone(reply, paths.keys, 'key_revoked')
  })
}

/** Not-yours answers as not-there. @throws Refusal `not_found`. */
function operator(signedIn: SignedIn): SignedIn {
  return signedIn.user.isOperator ? signedIn : refuse('not_found', { reason: 'not an operator', about: { userId: signedIn.user.id } })
}

async function postedBy(site: Site, request: FastifyRequest): Promise<SignedIn> {
  const signedIn = operator((await signedInOf(site, request)) ?? refuse('sign_in_required'))
  checkForm(site, request, formOf(request), PURPOSE, signedIn.session.id)
  return signedIn
}

function makerOf(site: Site, request: FastifyRequest, { user }: SignedIn): Maker {
  return { kind: 'user', id: user.id, ceiling: 'unlimited', origin: site.originOf(request) }
}

interface RefusedForm {
  readonly form: 'key' | 'root_key'
  readonly posted: URLSearchParams
  readonly refusal: Refusal
}

async function showKeys(site: Site, request: FastifyRequest, reply: FastifyReply, { user, session }: SignedIn, refused?: RefusedForm): Promise<FastifyReply> {
  const { store, oauth } = site.installation
  const now = site.clock.now()
  const account = (await store.accounts.findAccount(user.accountId)) ?? refuse('not_found')
  const [keys, rootKeys] = await Promise.all([store.apiKeys.listKeys({ accountId: account.id, limit: 100 }), store.apiKeys.listRootKeys({ limit: 100 })])
  if (refused !== undefined) void reply.code(refused.refusal.status)
  const page = operatorKeysPage(site.page, {
    formToken: makeFormToken(site, request, reply, PURPOSE, session.id),
    person: user,
    account,
    ...noticeOf(request),
    keys: keys.items.map((key) => ({ ...key, isPrimary: isPrimaryAt(key, now), status: statusOf(key, now) })),
    rootKeys: rootKeys.items.map((key) => ({ ...key, status: key.revokedAt === undefined ? 'active' : 'revoked' })),
    ...lifetimesOf(policyOf(site.installation.apiKeys)),
    asksNetworks: policyOf(site.installation.apiKeys).requireNetworks.includes('live'),
    scopes: scopesOf([...oauth.apis.values()]),
    rootScopes: [
      { value: '*:*', label: '*:*', hint: 'Everything' },
      ...Object.entries(managementScopes).map(([value, hint]) => ({ value, label: value, hint })),
    ],
    ...(refused === undefined ? {} : { refused: { form: refused.form, values: valuesOf(refused.posted), problems: [problemOf(refused)] } }),
  })
  return sendPage(reply, page)
}

/** One box each: several APIs can have a scope of the same name, and a key carries it for all of them. */
function scopesOf(apis: readonly { readonly scopes: readonly { readonly name: string; readonly description: string }[] }[]): readonly Choice[] {
  const sentences = new Map<string, Set<string>>()
  for (const { name, description } of apis.flatMap(({ scopes }) => scopes)) sentences.set(name, (sentences.get(name) ?? new Set()).add(description))
  return [...sentences].map(([name, said]) => ({ value: name, label: name, hint: [...said].join(' · ') }))
}

const NAMELESS = 'Say what it is for: give it a name.'

/** At the field it is about: these forms can go wrong in few ways. */
function problemOf({ form, posted, refusal }: RefusedForm): Problem {
  const message = posted.get('name') === '' && refusal.code === 'key_invalid' ? NAMELESS : refusal.detail
  switch (refusal.code) {
    case 'key_invalid':
      return { message, field: form === 'root_key' && posted.get('name')?.trim() && !posted.has('scope') ? 'scope' : 'name' }
    case 'key_slots_taken':
      return { message, field: 'kind' }
    case 'scope_invalid':
    case 'scope_exceeds_maker':
      return { message, field: 'scope' }
    case 'key_expiry_required':
      return { message, field: 'days' }
    case 'network_invalid':
    case 'key_networks_required':
      return { message, field: 'networks' }
    case 'idempotency_key_reused':
      return { message: FORM_USED }
    default:
      return { message }
  }
}

const DAYS = [30, 90, 365] as const
const USUAL_DAYS = 90

/** Where a key must have an end in either environment, the form asks for one that policy lets it have. */
function lifetimesOf({ requireExpiry, maxLifetimeMs }: KeyPolicy): { readonly days?: readonly number[]; readonly usualDays?: number } {
  const bounds = Object.values(maxLifetimeMs)
  if (requireExpiry.length === 0 && bounds.length === 0) return {}
  const longest = Math.min(...bounds, Number.POSITIVE_INFINITY) / DAY_MS
  const days = DAYS.filter((count) => count <= longest)
  return days.length === 0 ? { days: [longest], usualDays: longest } : { days, usualDays: Math.min(USUAL_DAYS, ...days.slice(-1)) }
}

/** @throws Refusal `request_malformed` for what no form of ours sends. */
function endOf(days: string, now: number): { readonly expiresAt?: number } {
  if (days === '') return {}
  return /^[1-9]\d{0,3}$/.test(days) ? { expiresAt: now + Number(days) * DAY_MS } : refuse('request_malformed')
}

function statusOf(key: ApiKey, now: number): 'active' | 'not_yet_valid' | 'expired' | 'revoked' {
  if (key.revokedAt !== undefined) return 'revoked'
  if (key.notBefore !== undefined && now < key.notBefore) return 'not_yet_valid'
  return key.expiresAt !== undefined && now >= key.expiresAt ? 'expired' : 'active'
}

function valuesOf(posted: URLSearchParams): Required<KeyFormValues> {
  const textOf = (name: string, absent = ''): string => posted.get(name) ?? absent
  return {
    name: textOf('name'),
    kind: textOf('kind', 'sk'),
    environment: textOf('environment', 'live'),
    scopes: posted.getAll('scope'),
    networks: textOf('networks'),
    days: textOf('days'),
  }
}

async function makeKey(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = await postedBy(site, request)
  const { name, kind, environment, scopes, networks, days } = valuesOf(form)
  if (!KINDS.has(kind) || !ENVIRONMENTS.has(environment)) return refuse('request_malformed')
  try {
    const terms = { name, scopes, networks: wordsOf(networks), ...endOf(days, site.clock.now()) }
    const asked = { ...terms, accountId: signedIn.user.accountId, kind: kind as KeyKind, environment: environment as Environment }
    const call = callNameOfForm(form, 'key')
    const { key, secret } = await issueKeyOnce(site.installation.apiKeys, asked, makerOf(site, request, signedIn), site.clock.now(), call)
    return showMade(site, reply, signedIn, { ...key, kind: 'key' }, secret)
  } catch (error) {
    return showRefused(site, request, reply, signedIn, { form: 'key', posted: form }, error)
  }
}

async function makeRootKey(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = await postedBy(site, request)
  const { name, scopes } = valuesOf(form)
  try {
    const call = callNameOfForm(form, 'root key')
    const { rootKey, secret } = await issueRootKeyOnce(site.installation.apiKeys, { name, scopes }, makerOf(site, request, signedIn), site.clock.now(), call)
    return showMade(site, reply, signedIn, { ...rootKey, kind: 'root key' }, secret, `${site.issuer}/v1/keys`)
  } catch (error) {
    return showRefused(site, request, reply, signedIn, { form: 'root_key', posted: form }, error)
  }
}

function showMade(
  site: Site,
  reply: FastifyReply,
  { user }: SignedIn,
  made: { readonly kind: MadeKind; readonly id: string; readonly name: string; readonly fingerprint: string },
  secret: Secret | undefined,
  exampleUrl = site.demo?.apiUrl,
): FastifyReply {
  const key = { kind: made.kind, person: user, keyId: made.id, name: made.name }
  if (secret === undefined) return sendPage(reply, keyMadeBeforePage(site.page, { ...key, fingerprint: made.fingerprint }))
  return sendPage(reply, keyMadePage(site.page, { ...key, secret: secret.reveal(), ...(exampleUrl === undefined ? {} : { exampleUrl }) }))
}

function showRefused(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  signedIn: SignedIn,
  refused: Omit<RefusedForm, 'refusal'>,
  error: unknown,
): Promise<FastifyReply> {
  if (!(error instanceof Refusal) || error.status >= 500) throw error
  site.recordRefusal(error, request)
  return showKeys(site, request, reply, signedIn, { ...refused, refusal: error })
}
