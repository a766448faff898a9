/** `POST /v1/verify`: what is known of a credential, for SDKs that judge it themselves and keep it until the feed says otherwise. */
import { type CredentialRecord, type FeedPosition, parsePosition, positionText, Refusal, refuse, type Soon } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import { Compile } from 'typebox/schema'
import type { Typed } from '../http/app.ts'
import { bytesAsText, prepareHead, sendPrepared } from '../http/prepared-answer.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import type { LocalVerifier, LookedUp } from '../local-verifier.ts'
import { MetadataShape } from './keys/shapes.ts'
import { guarded } from './schemas.ts'

const Credential = Type.Object(
  {
    credential: Type.String({ maxLength: 512, description: 'An API key, an opaque access token or a root key, whole.' }),
    heardUpTo: Type.Optional(Type.String({ maxLength: 40, description: 'Where you stand in the feed of revocations: the id of the last event.' })),
  },
  { title: 'CredentialQuestion', additionalProperties: false },
)

const PrincipalMembers = {
  mechanism: Type.String(),
  subject: Type.String(),
  userId: Type.Optional(Type.String()),
  accountId: Type.Optional(Type.String()),
  clientId: Type.Optional(Type.String()),
  environment: Type.String(),
  scopes: Type.Array(Type.String()),
  audience: Type.Array(Type.String()),
  credentialId: Type.String(),
  fingerprint: Type.String(),
  expiresAt: Type.Optional(Type.Integer()),
  sessionId: Type.Optional(Type.String()),
  grantId: Type.Optional(Type.String()),
  externalId: Type.Optional(Type.String()),
  metadata: Type.Optional(MetadataShape),
}

const RecordMembers = {
  alive: Type.Boolean(),
  disabled: Type.Optional(Type.Boolean({ description: 'A key that is stopped for a while, and so not alive.' })),
  networks: Type.Optional(Type.Array(Type.String(), { description: 'The only networks it may be used from.' })),
  metered: Type.Optional(Type.Boolean({ description: 'It has limits or credits: ask /v1/keys/verify at every use.' })),
  notBefore: Type.Optional(Type.Integer()),
  livesBy: Type.Array(Type.String()),
  principal: Type.Object(PrincipalMembers, { title: 'Principal' }),
}

/** One object with members that may be absent: unions are slow to write. */
const Answer = Type.Object(
  {
    known: Type.Boolean(),
    asOf: Type.Optional(
      Type.String({
        description:
          'The entry of the feed up to which this answer knows all: heardUpTo, where this node has heard it. Remember the answer only if you have heard this entry: else the node is not where you are.',
      }),
    ),
    record: Type.Optional(Type.Object(RecordMembers, { title: 'CredentialRecord' })),
  },
  { title: 'CredentialAnswer' },
)

/** What is told of a record and of its principal; all else stays here. What is absent is not written. */
function toldOf({ alive, disabled, networks, metered, notBefore, livesBy, principal }: CredentialRecord) {
  return { alive, disabled, networks, metered, notBefore, livesBy, principal: toldOfPrincipal(principal) } satisfies Told<typeof RecordMembers>
}

function toldOfPrincipal(principal: CredentialRecord['principal']) {
  const {
    mechanism,
    subject,
    userId,
    accountId,
    clientId,
    environment,
    scopes,
    audience,
    credentialId,
    fingerprint,
    expiresAt,
    sessionId,
    grantId,
    externalId,
    metadata,
  } = principal
  return {
    mechanism,
    subject,
    userId,
    accountId,
    clientId,
    environment,
    scopes,
    audience,
    credentialId,
    fingerprint,
    expiresAt,
    sessionId,
    grantId,
    externalId,
    metadata,
  } satisfies Told<typeof PrincipalMembers>
}

type Told<Members> = Readonly<Record<keyof Members, unknown>>

/** A record does not change: what is asked for a second time is kept as it was written. Keys that are used once would only fill the memory with their texts. */
function textOf({ held }: LookedUp): string {
  if (held.written !== undefined) return held.written
  const text = bytesAsText(JSON.stringify(toldOf(held.record)))
  if (held.isTold) held.written = text
  held.isTold = true
  return text
}

export function verifyRoutes(app: FastifyInstance, site: Site): void {
  const { verifier } = site.installation
  const options = guarded('credentials:verify', {
    tags: ['verification'],
    summary: 'What is known of a credential',
    body: Credential,
    response: { 200: Answer },
  })
  const head = prepareHead(site, 200, { 'content-type': 'application/json; charset=utf-8' })
  const tell = (found: LookedUp | undefined): string =>
    found === undefined ? '{"known":false}' : `{"known":true,"asOf":"${positionText(found.asOf)}","record":${textOf(found)}}`
  const answer = ({ credential, heardUpTo }: Static<typeof Credential>): string | Promise<string> => {
    const position = heardUpTo === undefined ? undefined : askedPosition(heardUpTo)
    const found = findKnown(() => verifier.lookUp(credential, position))
    return found instanceof Promise ? found.then(tell) : tell(found)
  }
  ;(app as Typed).post('/v1/verify', options, async (request, reply) => sendPrepared(reply, head, await answer(request.body)))
  const credentials = Compile(Credential)
  app.lane.add('/v1/verify', { scope: 'credentials:verify', answer: (body) => (credentials.Check(body) ? answer(body) : undefined) })
}

/** @throws Refusal `request_malformed`. */
function askedPosition(heardUpTo: string): FeedPosition {
  return (
    parsePosition(heardUpTo) ??
    refuse('request_malformed', { detail: 'heardUpTo is the id of the last event of the feed that you have heard, such as 57-0f3a9c5d7e1b2468, or 0.' })
  )
}

/** What is no credential for a call is not known here. */
function findKnown(lookUp: () => ReturnType<LocalVerifier['lookUp']>): Soon<LookedUp | undefined> {
  try {
    const found = lookUp()
    return found instanceof Promise ? found.catch(unlessUnknown) : found
  } catch (error) {
    return unlessUnknown(error)
  }
}

function unlessUnknown(error: unknown): undefined {
  if (error instanceof Refusal && (error.code === 'credential_malformed' || error.code === 'credential_invalid')) return undefined
  throw error
}
