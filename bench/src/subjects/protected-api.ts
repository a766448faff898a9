/** An API on plain `node:http` that takes what `@latchwork/verify` lets through and says who called. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier, protect } from '../../../packages/verify/src/index.ts'
import { sayReady, settingsOf } from './ready.ts'

const { issuer, audience, rootKey, scope } = settingsOf<Readonly<Record<'issuer' | 'audience' | 'rootKey' | 'scope', string>>>()
const verifier = createVerifier({ issuer, audience, rootKey, environment: 'both', development: true })
const server = createServer(
  protect(verifier, { scopes: [scope] }, (_request, response, caller) => {
    const text = JSON.stringify({ caller })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
  }),
)
server.listen(0, '127.0.0.1', () => sayReady({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
