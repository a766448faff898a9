/** `authenticate` in process, on a credential it remembers, one call after the other. */
import { createVerifier } from '../../../packages/verify/src/index.ts'
import { sayReady, serveLoop, settingsOf } from './ready.ts'

const { issuer, audience, rootKey, credential, scope } = settingsOf<Readonly<Record<'issuer' | 'audience' | 'rootKey' | 'credential' | 'scope', string>>>()
const verifier = createVerifier({ issuer, audience, rootKey, environment: 'both', development: true })
const needs = { scopes: [scope] }
const request = { method: 'GET', url: '/', headers: { authorization: [`Bearer ${credential}`] }, secure: false, loopback: true }
const BATCH = 1000

await verifier.ready()
await verifier.authenticate(request, needs)
serveLoop(BATCH, async () => {
  for (let i = 0; i < BATCH; i++) await verifier.authenticate(request, needs)
})
sayReady({ origin: 'none' })
