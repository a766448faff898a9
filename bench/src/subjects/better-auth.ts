/**
 * The peer for API keys and sessions: Better Auth with its API-key and JWT plugins, on SQLite with the same durability as ours (WAL, `synchronous=FULL`), request
 * limits off. Its `verifyApiKey` and `verifyJWT` are functions without a route, so a bare Fastify route stands before each; the rest is its own handler.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { jwt } from 'better-auth/plugins'
import fastify from 'fastify'
import { sayReady, settingsOf } from './ready.ts'

const { folder } = settingsOf<{ readonly folder: string }>()
const PASSWORD = 'correct horse battery staple'

const database = new DatabaseSync(join(folder, 'better-auth.db'))
database.exec('pragma journal_mode = wal; pragma synchronous = full')

const auth = betterAuth({
  database,
  secret: 'bench-only-secret-of-a-fair-length-0123456789',
  baseURL: 'http://127.0.0.1',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true }, // it warns of the tables that the next line makes
  advanced: { disableOriginCheck: true },
  plugins: [apiKey({ rateLimit: { enabled: false } }), jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } })],
})
await (await getMigrations(auth.options)).runMigrations()

const signedUp = await auth.api.signUpEmail({ body: { email: 'ada@example.com', password: PASSWORD, name: 'Ada' }, returnHeaders: true })
const cookie = signedUp.headers
  .getSetCookie()
  .map((line) => line.split(';', 1)[0])
  .join('; ')
const key = await auth.api.createApiKey({ body: { userId: signedUp.response.user.id, name: 'bench' } })

const app = fastify()
app.post<{ Body: { key: string } }>('/verify-key', (request) => auth.api.verifyApiKey({ body: { key: request.body.key } }))
app.post<{ Body: { token: string } }>('/verify-token', (request) => auth.api.verifyJWT({ body: { token: request.body.token } }))
app.post('/create-key', () => auth.api.createApiKey({ body: { userId: signedUp.response.user.id, name: 'bench' } }))
app.get('/token', async (request) => await auth.api.getToken({ headers: new Headers({ cookie: request.headers.cookie ?? '' }) }))
const origin = await app.listen({ host: '127.0.0.1', port: 0 })
sayReady({ origin, key: key.key, cookie })
