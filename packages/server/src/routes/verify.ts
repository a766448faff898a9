/** `POST /v1/verify`: what is known of a credential, for SDKs that judge it themselves and keep it until the feed says otherwise. */
import { type CredentialRecord, Refusal } from '@latchwork/kernel'
import type { FoundCredential } from '@latchwork/verify'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { guarded } from './schemas.ts'

const Credential = Type.Object(
  { credential: Type.String({ maxLength: 512, description: 'An API key, an opaque access token or a root key, whole.' }) },
  { additionalProperties: false },
)

/** One object with members that may be absent: unions are slow to write. */
const Answer = Type.Object({
  known: Type.Boolean(),
  asOf: Type.Optional(Type.Integer({ description: 'The newest feed id this answer knows of.' })),
  record: Type.Optional(
    Type.Object({
      alive: Type.Boolean(),
      networks: Type.Optional(Type.Array(Type.String(), { description: 'The only networks it may be used from.' })),
      metered: Type.Optional(Type.Boolean({ description: 'It has limits or credits: ask /v1/keys/verify at every use.' })),
      notBefore: Type.Optional(Type.Integer()),
      livesBy: Type.Array(Type.String()),
      principal: Type.Object({
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
      }),
    }),
  ),
})

export function verifyRoutes(app: FastifyInstance, site: Site): void {
  const { verifier } = site.installation
  const options = guarded('credentials:verify', {
    tags: ['verification'],
    summary: 'What is known of a credential',
    body: Credential,
    response: { 200: Answer },
  })
  ;(app as Typed).post('/v1/verify', options, async (request) => {
    const found = await findKnown(verifier.lookUp, request.body.credential)
    if (found === undefined) return { known: false }
    return { known: true, asOf: found.asOf, record: found.record as Mutable<CredentialRecord> }
  })
}

type Mutable<T> = T extends readonly (infer E)[] ? Mutable<E>[] : T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T

/** What is no credential for a call is not known here. */
async function findKnown(
  lookUp: (text: string) => FoundCredential | undefined | Promise<FoundCredential | undefined>,
  text: string,
): Promise<FoundCredential | undefined> {
  try {
    return await lookUp(text)
  } catch (error) {
    if (error instanceof Refusal && (error.code === 'credential_malformed' || error.code === 'credential_invalid')) return undefined
    throw error
  }
}
