/** Reports of leaked credentials (K15): from anybody who holds one, from scanners of the operator by a signed webhook, and from GitHub's secret scanning. */

import type { SwaggerTransform } from '@fastify/swagger'
import { type LeakChannel, type LeakDoor, type NewLeakReport, parseLeakReport } from '@latchwork/api-keys'
import { parseStrictJson, refuse, type Secret } from '@latchwork/kernel'
import { createThrottle, networkOf } from '@latchwork/limits'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Check } from 'typebox/schema'
import type { Typed } from '../http/app.ts'
import { needsNone } from '../http/open-api.ts'
import type { Site } from '../http/site.ts'
import { type Static, type TSchema, Type } from '../json-schema.ts'
import type { GithubKeys } from '../leaks/github-keys.ts'
import { parseGithubMatches, takeGithubMatches } from '../leaks/github-report.ts'
import { parseGithubHeaders, proveGithubSignature } from '../leaks/github-signature.ts'
import { parseSignature, proveSignature } from '../leaks/webhook-signature.ts'

const Claim = Type.Object(
  {
    credential: Type.String({ maxLength: 512, description: 'The credential, whole.' }),
    url: Type.Optional(Type.String({ maxLength: 2000, description: 'Where it was found.' })),
    source: Type.Optional(Type.String({ maxLength: 100, description: 'What found it, or what it was found in.' })),
  },
  { title: 'Leak', additionalProperties: false },
)
const Accepted = Type.Object({ accepted: Type.Literal(true) }, { description: 'Taken in. Says nothing about whether the credential is known.' })

const MAX_ENTRIES = 5000
const MAX_WEBHOOK_BYTES = 8 * 1024 * 1024
const Entries = Type.Array(Claim)
const Taken = Type.Object(
  { accepted: Type.Integer(), malformed: Type.Integer() },
  { description: 'Taken in, and kept; of entries that name one credential, the first.' },
)
const Matches = Type.Array(
  Type.Object({ token: Type.String(), type: Type.Optional(Type.String()), url: Type.Optional(Type.String()), source: Type.Optional(Type.String()) }),
)
const Feedback = Type.Array(Type.Object({ token_hash: Type.String(), token_type: Type.String(), label: Type.String() }))

/** Of one network: a person, or a scanner that reports one by one. Whoever has more signs and sends them together. */
const limits = { network: { burst: 60, count: 60, periodMs: 60_000 } } as const

export function leakRoutes(app: FastifyInstance, site: Site): void {
  reportRoute(app, site)
  const { webhookSecret } = site.installation.config.leaks
  if (webhookSecret !== undefined) webhookRoute(app, site, webhookSecret)
  const { githubKeys } = site.installation
  if (githubKeys !== undefined) githubRoute(app, site, githubKeys)
}

/** A text that is not in our form counts as soon as it counts for a call. */
function doorOf(site: Site, channel: LeakChannel, request: FastifyRequest): LeakDoor {
  return { channel, origin: site.originOf(request), acceptsForeign: site.installation.verifier.imports.exist() }
}

/**
 * Form and checksum, then the limit of the caller's network, then one insert: the same for a credential that is known, unknown, revoked or another installation's. Who it
 * belongs to is looked up after the answer.
 */
function reportRoute(app: FastifyInstance, site: Site): void {
  const throttle = createThrottle({ limits, maxEntries: 50_000 })
  const config = { guard: { open: 'whoever holds a credential may report it' } } as const
  const schema = { tags: ['leaks'], summary: 'Report a leaked credential', body: Claim, response: { 202: Accepted } }
  ;(app as Typed).post('/v1/leaks', { config, schema }, async (request, reply) => {
    const now = site.clock.now()
    const door = doorOf(site, 'report', request)
    const report = parseLeakReport(request.body, door, now)
    if (report === undefined)
      return refuse('request_malformed', { detail: 'credential is not one of ours: its form or checksum is wrong. Copy it again, whole.' })
    const { allowed, retryAfterMs } = throttle.take([{ limit: 'network', key: networkOf(door.origin.address) }], now)
    if (!allowed) return refuse('rate_limited', { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) })
    await site.installation.leakDesk.accept([report])
    return reply.code(202).send({ accepted: true })
  })
}

function webhookRoute(app: FastifyInstance, site: Site, secret: Secret): void {
  const config = { guard: { open: 'the body is signed with the secret of the webhook' } } as const
  const schema = { tags: ['leaks'], security: [{ signature: [] }], summary: 'Report leaked credentials, signed', response: { 202: Taken } }
  withRawBody(
    app,
    (request) => void parseSignature(request.headers['latchwork-signature'], site.clock.now()),
    (raw) => {
      raw.post(
        '/v1/leaks/webhook',
        { config: { ...config, swaggerTransform: described(Entries) }, schema, bodyLimit: MAX_WEBHOOK_BYTES },
        async (request, reply) => {
          const now = site.clock.now()
          const body = bytesOf(request)
          const delivery = proveSignature(secret, parseSignature(request.headers['latchwork-signature'], now), body)
          const claims = parseEntries(body)
          const from = doorOf(site, 'webhook', request)
          const { reports, malformed } = reportsOf(claims, from, now)
          const isTaken = await site.installation.leakDesk.accept(reports, delivery)
          if (!isTaken) return refuse('delivery_repeated')
          return reply.code(202).send({ accepted: claims.length - malformed, malformed })
        },
      )
    },
  )
}

/** One report of each credential, the first there is: a scanner that found it a thousand times costs us no more than one that found it once. */
function reportsOf(claims: Static<typeof Entries>, from: LeakDoor, now: number): { readonly reports: readonly NewLeakReport[]; readonly malformed: number } {
  const first = new Map<string, NewLeakReport | undefined>()
  let malformed = 0
  for (const claim of claims) {
    if (!first.has(claim.credential)) first.set(claim.credential, parseLeakReport(claim, from, now))
    if (first.get(claim.credential) === undefined) malformed++
  }
  return { reports: [...first.values()].filter((report) => report !== undefined), malformed }
}

/** What the document says of a body that is read raw, since its signature is over bytes. */
function described(body: TSchema, headers: readonly string[] = []): SwaggerTransform {
  const named = Type.Object(Object.fromEntries(headers.map((name) => [name, Type.String()])))
  return ({ schema, url, route }) => ({ schema: { description: needsNone(route.config?.guard), ...schema, body, headers: named }, url })
}

/** The body as it came; empty where there was none. */
function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/** @throws Refusal `request_malformed`, `body_too_large`. */
function parseEntries(body: Buffer): Static<typeof Entries> {
  const content = parseStrictJson(body)
  if (Array.isArray(content) && content.length > MAX_ENTRIES) return refuse('body_too_large', { detail: `Send at most ${MAX_ENTRIES} reports at once.` })
  if (!Check(Entries, content)) return refuse('request_malformed', { detail: 'The body is a JSON array of { credential, url?, source? }.' })
  return content
}

function githubRoute(app: FastifyInstance, site: Site, keys: GithubKeys): void {
  const config = { guard: { open: "the body is signed with GitHub's key" } } as const
  const schema = { tags: ['leaks'], security: [{ githubSignature: [] }], summary: "Reports of GitHub's secret scanning", response: { 200: Feedback } }
  withRawBody(
    app,
    (request) => void parseGithubHeaders(request.headers),
    (raw) => {
      const signed = described(Matches, ['github-public-key-identifier'])
      raw.post('/v1/leaks/github', { config: { ...config, swaggerTransform: signed }, schema, bodyLimit: MAX_WEBHOOK_BYTES }, async (request) => {
        const body = bytesOf(request)
        await proveGithubSignature(keys, parseGithubHeaders(request.headers), body)
        const matches = parseGithubMatches(parseStrictJson(body))
        return takeGithubMatches(site.installation.leakDesk, matches, doorOf(site, 'github', request), site.clock.now())
      })
    },
  )
}

/** Routes whose body stays as it came: what is signed is bytes. @param checkHeaders judges the headers before a byte of the body is read. */
function withRawBody(app: FastifyInstance, checkHeaders: (request: FastifyRequest) => void, mount: (raw: FastifyInstance) => void): void {
  app.register(async (raw) => {
    raw.removeAllContentTypeParsers()
    raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    raw.addHook('onRequest', async (request) => checkHeaders(request))
    mount(raw)
  })
}
