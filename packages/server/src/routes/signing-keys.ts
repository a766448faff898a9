/** The signing keys: published at `/jwks` for everybody, seen, rotated and revoked by operators. */
import { redactCredentials } from '@latchwork/kernel'
import { type RevokedSigningKey, revokeSigningKey, rotateSigningKeys, type SigningKeyRecord, signingAlgorithms, signingKeyStates } from '@latchwork/signing'
import type { FastifyInstance } from 'fastify'
import { answerPreflight, forAnyOrigin } from '../http/any-origin.ts'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { paths } from '../pages/index.ts'
import { makerOf } from './keys/maker.ts'
import { guarded } from './schemas.ts'

/** Far below `signing.publishAheadHours`, so that no copy of the set is older than the key that is used; a key that was revoked may stay in copies for so long. */
const COPY_SECONDS = 300

export function jwksRoute(app: FastifyInstance, site: Site): void {
  const { keyRing } = site.installation
  let written: { readonly of: unknown; readonly text: string } | undefined
  app.options(paths.jwks, forAnyOrigin, answerPreflight)
  app.get(paths.jwks, async (_request, reply) => {
    const keys = keyRing.publicKeys()
    if (written?.of !== keys) written = { of: keys, text: JSON.stringify({ keys }) }
    return reply
      .headers({ 'cache-control': `public, max-age=${COPY_SECONDS}`, 'access-control-allow-origin': '*' })
      .type('application/json')
      .send(written.text)
  })
}

const Time = Type.String({ format: 'date-time' })
const Algorithm = Type.Enum([...signingAlgorithms])
const SigningKeyShape = Type.Object(
  {
    kid: Type.String(),
    algorithm: Algorithm,
    state: Type.Enum([...signingKeyStates]),
    publicKey: Type.Record(Type.String(), Type.String(), { description: 'The public half as a JWK (RFC 7517).' }),
    createdAt: Time,
    usedFrom: Time,
    retiredAt: Type.Optional(Time),
    publishedUntil: Type.Optional(Time),
    withdrawnAt: Type.Optional(Time),
  },
  { title: 'SigningKey' },
)
const RotateRequest = Type.Object({ algorithm: Type.Optional(Algorithm) }, { title: 'SigningKeyRotation', additionalProperties: false })
const RevokeRequest = Type.Object(
  { reason: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  { title: 'SigningKeyRevocation', additionalProperties: false },
)

const tags = ['signing keys']

export function signingKeyRoutes(instance: FastifyInstance, site: Site): void {
  const app = instance as Typed
  const { keyRing } = site.installation
  app.get(
    '/v1/signing-keys',
    guarded('signing_keys:read', {
      tags,
      summary: 'Signing keys and where they are in their life',
      response: { 200: Type.Object({ items: Type.Array(SigningKeyShape) }) },
    }),
    async () => {
      await keyRing.refresh()
      return { items: keyRing.keys().map(shapeOf) }
    },
  )
  app.post(
    '/v1/signing-keys/rotate',
    guarded('signing_keys:write', {
      tags,
      summary: 'Publish the next signing key, which takes over later; of one algorithm, or of each in use',
      body: RotateRequest,
      response: { 200: Type.Object({ items: Type.Array(SigningKeyShape) }) },
    }),
    async (request) => {
      const items = await rotateSigningKeys(keyRing, request.body, makerOf(site, request), site.clock.now())
      return { items: items.map(shapeOf) }
    },
  )
  revokeRoute(app, site)
}

function revokeRoute(app: Typed, site: Site): void {
  app.post(
    '/v1/signing-keys/:kid/revoke',
    guarded('signing_keys:write', {
      tags,
      summary: 'Revoke a signing key that others may have: whatever it signed is refused from now on',
      params: Type.Object({ kid: Type.String({ maxLength: 64 }) }),
      body: RevokeRequest,
      response: { 200: Type.Object({ revoked: SigningKeyShape, current: Type.Optional(SigningKeyShape) }) },
    }),
    async (request) => {
      const { kid } = request.params
      const { reason = 'revoked' } = request.body
      // Not refused where it holds a credential: this is the emergency.
      return shapesOf(await revokeSigningKey(site.installation.keyRing, kid, redactCredentials(reason), makerOf(site, request), site.clock.now()))
    },
  )
}

function shapesOf({ key, current }: RevokedSigningKey) {
  return { revoked: shapeOf(key), ...(current === undefined ? {} : { current: shapeOf(current) }) }
}

const times = ['retiredAt', 'publishedUntil', 'withdrawnAt'] as const

/** Never the private half, sealed or not. */
function shapeOf(key: SigningKeyRecord): Static<typeof SigningKeyShape> {
  const { kid, algorithm, state, publicJwk, createdAt, activatesAt } = key
  return {
    kid,
    algorithm,
    state,
    publicKey: { ...publicJwk },
    createdAt: iso(createdAt),
    usedFrom: iso(activatesAt),
    ...Object.fromEntries(times.flatMap((time) => (key[time] === undefined ? [] : [[time, iso(key[time])]]))),
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
