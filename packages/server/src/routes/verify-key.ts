/** `POST /v1/keys/verify`: whether a key may do what is asked, and the counting of its use, in one call. */
import type { UseOutcome } from '@latchwork/api-keys'
import { type CredentialRecord, fingerprintOf, parseCredential, Refusal } from '@latchwork/kernel'
import { type KeyOutcome, keyOutcomes, rateLimitFields } from '@latchwork/verify'
import type { FastifyInstance } from 'fastify'
import { Compile } from 'typebox/schema'
import type { Typed } from '../http/app.ts'
import { bytesAsText, prepareHead, sendPrepared } from '../http/prepared-answer.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import type { UseTaken } from '../verification/take-use.ts'
import { type KeyQuestion, type KeyVerification, verifyKey } from '../verification/verify-key.ts'
import { MetadataShape } from './keys/shapes.ts'
import { guarded, Time } from './schemas.ts'

const Scopes = Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 64 })
const Cost = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })

const Question = Type.Object(
  {
    key: Type.String({ description: 'The key, whole. What is none, or longer than 512 bytes, is MALFORMED.' }),
    environment: Type.Optional(Type.Enum(['live', 'test'], { description: 'The environment you serve; absent: either.' })),
    address: Type.Optional(Type.String({ maxLength: 64, description: "Where the key's caller is, as far as you know it for certain." })),
    userAgent: Type.Optional(Type.String({ maxLength: 1024, description: "What the key's caller says it is; kept with its last use." })),
    scopes: Type.Optional(
      Type.Union([Scopes, Type.Object({ all: Type.Optional(Scopes), any: Type.Optional(Scopes) }, { additionalProperties: false })], {
        description: 'A list: all of them. An object: all of "all", and one of "any".',
      }),
    ),
    limits: Type.Optional(
      Type.Array(Type.Object({ name: Type.String({ maxLength: 64 }), cost: Cost }, { additionalProperties: false }), {
        maxItems: 16,
        description: "What the call takes of the key's limits, where it is not one of each.",
      }),
    ),
    credits: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'What the call costs; 1 if absent.' })),
  },
  { title: 'KeyQuestion', additionalProperties: false },
)

/** One object with members that may be absent: unions are slow to write. */
const Answer = Type.Object(
  {
    valid: Type.Boolean(),
    code: Type.String({ description: `One of ${Object.keys(keyOutcomes).join(', ')}.` }),
    keyId: Type.Optional(Type.String()),
    accountId: Type.Optional(Type.String()),
    userId: Type.Optional(Type.String()),
    externalId: Type.Optional(Type.String()),
    metadata: Type.Optional(MetadataShape),
    environment: Type.Optional(Type.String()),
    scopes: Type.Optional(Type.Array(Type.String())),
    expiresAt: Type.Optional(Time),
    limits: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          count: Type.Integer(),
          periodSeconds: Type.Integer(),
          remaining: Type.Integer(),
          resetSeconds: Type.Integer(),
          retryAfterSeconds: Type.Optional(Type.Integer()),
        }),
      ),
    ),
    credits: Type.Optional(Type.Object({ remaining: Type.Integer() })),
    retryAfterSeconds: Type.Optional(Type.Integer()),
    headers: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'RateLimit fields and Retry-After, to send on to your caller.' })),
  },
  { title: 'KeyAnswer' },
)

/** Whatever stands there is answered: what can be no key is an outcome, no fault of the question (K2). */
const freeMember = 'key'

const useOutcomeOf: Partial<Record<KeyOutcome, UseOutcome>> = {
  VALID: 'valid',
  REVOKED: 'revoked',
  DISABLED: 'disabled',
  NOT_YET_VALID: 'not_yet_valid',
  EXPIRED: 'expired',
  WRONG_ENVIRONMENT: 'wrong_environment',
  ADDRESS_MISSING: 'wrong_address',
  WRONG_ADDRESS: 'wrong_address',
  SCOPE_INSUFFICIENT: 'scope_insufficient',
  RATE_LIMITED: 'rate_limited',
  CREDITS_EXHAUSTED: 'credits_exhausted',
}

export function verifyKeyRoute(app: FastifyInstance, site: Site): void {
  const { verifier, store, keyUse } = site.installation
  const keyVerifier = {
    now: site.clock.now,
    lookUp: verifier.lookUp,
    counters: { limits: store.limits, apiKeys: store.apiKeys },
    noteFirstUse: verifier.noteFirstUse,
  }
  const options = guarded('credentials:verify', {
    tags: ['verification'],
    summary: 'Whether a key may do what is asked; takes of its limits and credits if it may',
    body: Question,
    response: { 200: Answer },
  })
  const head = prepareHead(site, 200, { 'content-type': 'application/json; charset=utf-8' })
  const writeKey = preparedKeys()
  const tell = (question: KeyQuestion, { code, record, use }: KeyVerification): string => {
    const { address, userAgent } = question
    if (code !== 'VALID') noteRefused(site, question, code, record)
    if (record !== undefined)
      keyUse.onVerified({ keyId: record.principal.credentialId, outcome: useOutcomeOf[code] ?? 'refused', address, userAgent, at: site.clock.now() })
    const ofKey = record === undefined ? '' : writeKey(record)
    const ofUse = use === undefined ? '' : continued(JSON.stringify(useOf(use)))
    return `{"valid":${code === 'VALID'},"code":"${code}"${ofKey}${ofUse}}`
  }
  const answer = (question: KeyQuestion): string | Promise<string> => {
    const verification = verifyKey(keyVerifier, question)
    return verification instanceof Promise ? verification.then((later) => tell(question, later)) : tell(question, verification)
  }
  const config = { ...options.config, freeMember }
  ;(app as Typed).post('/v1/keys/verify', { ...options, config }, async (request, reply) =>
    sendPrepared(reply, head, await answer(request.body as KeyQuestion)),
  )
  const questions = Compile(Question)
  const answerBody = (body: unknown) => (questions.Check(body) ? answer(body as KeyQuestion) : undefined)
  app.lane.add('/v1/keys/verify', { scope: 'credentials:verify', freeMember, answer: answerBody })
}

/** Whoever came with the key was refused: an event as of a request of ours, from where the verifier says that they are (E1; design, decision 20). */
function noteRefused({ installation }: Site, { key, address, userAgent }: KeyQuestion, outcome: KeyOutcome, record: CredentialRecord | undefined): void {
  const { refusal } = keyOutcomes[outcome]
  if (refusal === undefined || outcome === 'LIMIT_UNKNOWN') return // the second is the verifier's own mistake
  const { credentialId, accountId } = record?.principal ?? {}
  const about = { ...(credentialId === undefined ? {} : { credentialId }), ...(accountId === undefined ? {} : { accountId }) }
  installation.refusals.record(new Refusal(refusal, { reason: outcome, about }), {
    origin: { ...(address === undefined ? {} : { address }), ...(userAgent === undefined ? {} : { userAgent }) },
    route: 'POST /v1/keys/verify',
    fingerprint: () => (parseCredential(key) === undefined ? undefined : fingerprintOf(key)),
  })
}

/** What is told of a key, as text to go on with, each written once: a record does not change, and a key that is remembered is asked for again and again. */
function preparedKeys(): (record: CredentialRecord) => string {
  const written = new WeakMap<CredentialRecord, string>()
  return (record) => {
    const known = written.get(record)
    if (known !== undefined) return known
    const text = continued(bytesAsText(JSON.stringify(keyOf(record))))
    written.set(record, text)
    return text
  }
}

/** The members of an object as text, with a comma before them. */
function continued(json: string): string {
  return json === '{}' ? '' : `,${json.slice(1, -1)}`
}

function keyOf({ principal }: CredentialRecord): Partial<Static<typeof Answer>> {
  const { credentialId, accountId, userId, externalId, metadata, environment, scopes, expiresAt } = principal
  const answer: Partial<Static<typeof Answer>> = { keyId: credentialId, environment, scopes: scopes as string[] }
  if (accountId !== undefined) answer.accountId = accountId
  if (userId !== undefined) answer.userId = userId
  if (externalId !== undefined) answer.externalId = externalId
  if (metadata !== undefined) answer.metadata = metadata
  if (expiresAt !== undefined) answer.expiresAt = new Date(expiresAt).toISOString()
  return answer
}

/** Names of limits are ASCII, as the rest is. */
function useOf(use: UseTaken): Partial<Static<typeof Answer>> {
  const answer: Partial<Static<typeof Answer>> = {}
  const { limits, credits, retryAfterSeconds } = use
  if (limits.length > 0) answer.limits = limits as Static<typeof Answer>['limits'] & object
  if (limits.length > 0 || retryAfterSeconds !== undefined) {
    answer.headers = { ...rateLimitFields(limits), ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }) }
  }
  if (credits !== undefined) answer.credits = credits
  if (retryAfterSeconds !== undefined) answer.retryAfterSeconds = retryAfterSeconds
  return answer
}
