/** The machine's limit for signing: one ES256 signature over the bytes of a typical token, DER as OpenSSL gives it. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { sayReady, serveLoop } from './ready.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signingInput = Buffer.alloc(420, 'eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9')
const BATCH = 50

serveLoop(BATCH, () => {
  for (let i = 0; i < BATCH; i++) sign('sha256', signingInput, privateKey)
})
sayReady({ origin: 'none' })
