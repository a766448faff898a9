/** An authorization server that says what a test wants it to say, in place of an honest one: real HTTP, real signatures. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { SignJWT } from 'jose'
import { type LoginWish, openProfileStore, type ProfileStore } from '../src/index.ts'

type Json = Readonly<Record<string, unknown>>

export interface TokenAnswer {
  readonly status?: number
  readonly body: Json
}

export interface AuthorizationServer {
  readonly url: string
  readonly posted: URLSearchParams[]
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** @param answer what the token endpoint says. @param more of the metadata. */
export async function startAuthorizationServer(
  t: TestContext,
  answer: (form: URLSearchParams) => TokenAnswer | Promise<TokenAnswer>,
  more: (url: string) => Json = () => ({}),
): Promise<AuthorizationServer> {
  const posted: URLSearchParams[] = []
  const server = createServer(async (request, response) => {
    const url = `http://${request.headers.host}`
    response.setHeader('content-type', 'application/json')
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (request.url === '/jwks') return void response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] }))
    if (request.url === '/device') {
      return void response.end(JSON.stringify({ device_code: 'd', user_code: 'ABCD-EFGH', verification_uri: `${url}/go`, expires_in: 600 }))
    }
    if (request.url !== '/token') return void response.end(JSON.stringify({ ...metadataOf(url), ...more(url) }))
    const form = new URLSearchParams(Buffer.concat(parts).toString())
    posted.push(form)
    const { status = 200, body } = await answer(form)
    response.writeHead(status).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, posted }
}

const metadataOf = (url: string): Json => ({
  issuer: url,
  authorization_endpoint: `${url}/authorize`,
  token_endpoint: `${url}/token`,
  device_authorization_endpoint: `${url}/device`,
  jwks_uri: `${url}/jwks`,
  id_token_signing_alg_values_supported: ['ES256'],
  authorization_response_iss_parameter_supported: true,
})

export function signIdToken(claims: Json, key: KeyObject = privateKey): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setIssuedAt().setExpirationTime('5 minutes').sign(key)
}

export function storeFor(t: TestContext): ProfileStore {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-client-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return openProfileStore(folder, { passphrase: 'long enough', askPassphrase: async () => '' })
}

export function wishFor(url: string, type: LoginWish['type']): LoginWish {
  return { name: 'me', type, origins: [], server: url, client: { id: 'cli', authentication: 'none' }, scope: 'openid', secrets: {} }
}
