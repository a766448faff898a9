/** An authorization server that nobody here wrote (node-oidc-provider), with DPoP and its nonces on, and a person who logs in there without script. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestContext } from 'node:test'
import type { JWK } from 'jose'
import Provider from 'oidc-provider'

export interface ForeignServer {
  readonly url: string
  /** Bodies posted to the token endpoint, so far. */
  readonly tokenRequests: string[]
}

export async function startForeignServer(
  t: TestContext,
  { clientKey, accessTokenSeconds = 3600 }: { readonly clientKey?: JWK; readonly accessTokenSeconds?: number } = {},
): Promise<ForeignServer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const provider = new Provider(url, configurationOf(clientKey, accessTokenSeconds))
  const answer = provider.callback()
  const tokenRequests: string[] = []
  server.on('request', (request, response) => {
    if (request.url === '/token') request.on('data', (chunk: Buffer) => tokenRequests.push(chunk.toString()))
    answer(request, response)
  })
  return { url, tokenRequests }
}

function configurationOf(clientKey: JWK | undefined, accessTokenSeconds: number): Readonly<Record<string, unknown>> {
  const native = { application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' }
  const job = {
    client_id: 'job',
    id_token_signed_response_alg: 'ES256',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
  }
  return {
    clients: [
      { ...native, client_id: 'cli', grant_types: ['authorization_code', 'refresh_token'], id_token_signed_response_alg: 'ES256' },
      ...(clientKey === undefined ? [] : [{ ...job, token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [clientKey] } }]),
    ],
    jwks: { keys: [signingKey] },
    cookies: { keys: ['not a secret: a test'] },
    enabledJWA: { dPoPSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['ES256'] },
    features: {
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: true },
    },
    rotateRefreshToken: true,
    ttl: { AccessToken: accessTokenSeconds, ClientCredentials: accessTokenSeconds },
  }
}

const signingKey = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }

/** Logs in and consents on its pages; gives the address that the browser is sent back to. */
export async function sayYes(url: string): Promise<string> {
  const cookies = new Map<string, string>()
  let [next, form]: [string, URLSearchParams | undefined] = [url, undefined]
  for (let step = 0; step < 20; step++) {
    const response: Response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    if (location !== null) {
      next = new URL(location, next).href
      form = undefined
      if (next.includes('/callback?')) return next
      continue
    }
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(text) ?? assert.fail(text.slice(0, 500))
    const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(text) ?? assert.fail(text.slice(0, 500))
    next = new URL(action ?? '', next).href
    form = new URLSearchParams(prompt === 'login' ? { prompt, login: 'ada', password: 'any' } : { prompt })
  }
  return assert.fail('never came back')
}
