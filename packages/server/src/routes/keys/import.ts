/** `POST /v1/keys/import`: keys of another system, by their digests (K16). */
import { importKeys } from '@latchwork/api-keys'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { guarded } from '../schemas.ts'
import { timesOf } from '../time-of.ts'
import { keyMakerOf, needAccount } from './maker.ts'
import { ApiKeyShape, ImportRequest } from './shapes.ts'
import { shapeWithNotes } from './undefined-scopes.ts'

/** A thousand keys with what they carry. */
const MAX_BODY_BYTES = 1024 * 1024

export function importRoute(app: Typed, site: Site): void {
  const { apiKeys, config, verifier } = site.installation
  const options = guarded('keys:write', {
    tags: ['keys'],
    summary: 'Take keys over from another system by their SHA-256 digests, all or none',
    ...namedCall,
    body: ImportRequest,
    response: { 201: Type.Object({ keys: Type.Array(ApiKeyShape) }) },
  })
  app.post('/v1/keys/import', { ...options, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const entries = request.body.keys.map(({ kind = 'rk', environment = 'live', scopes = [], notBefore, expiresAt, ...rest }) => {
      const times = timesOf({ ...(notBefore === undefined ? {} : { notBefore }), ...(expiresAt === undefined ? {} : { expiresAt }) })
      return { ...rest, kind, environment, scopes, ...times }
    })
    for (const accountId of new Set(entries.map((entry) => entry.accountId))) await needAccount(site, accountId)
    const { keys, isRepeated } = await importKeys(apiKeys, entries, keyMakerOf(site, request), site.clock.now(), callNameOf(request))
    verifier.imports.note()
    return markRepeated(reply, isRepeated)
      .code(201)
      .send({ keys: keys.map((key) => shapeWithNotes(config.apis, key, site.clock.now())) })
  })
}
