/** The vectors, as every implementation of ours reads them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CredentialRecord, digestOf, type FeedEntry, isInNetworks, parseCredential, parseNetwork, Refusal } from '@latchwork/kernel'
import { clientAddressOf, createAuthenticator, type IncomingRequest, type Needs, readKeySet } from '@latchwork/verify'
import { generateVectors, readVectors } from './vectors/generate.ts'
import type { TokenVector } from './vectors/token-vectors.ts'

interface Expected {
  readonly principal?: CredentialRecord['principal']
  readonly refusal?: string
  readonly status?: number
}

interface RequestVector {
  readonly name: string
  readonly request: IncomingRequest
  readonly needs?: Needs
  readonly development?: boolean
  readonly expect: Expected
}

interface World {
  readonly now: number
  readonly issuer: string
  readonly audience: string
  readonly environment: 'live'
  readonly leewaySeconds: number
  readonly jwks: unknown
  readonly records: readonly { readonly credential: string; readonly asOf: number; readonly record: CredentialRecord }[]
  readonly revocations: readonly FeedEntry[]
}

function load<T>(name: string): T {
  return readVectors<T>(name) ?? assert.fail(`vectors/${name} is missing`)
}

const world = load<World>('verifier.json')
const found = new Map(world.records.map(({ credential, asOf, record }) => [digestOf(credential), { asOf, record }]))
const keys = readKeySet(world.jwks) ?? assert.fail('no key set')

function verifierFor(development: boolean) {
  const { now, issuer, audience, environment, leewaySeconds, revocations } = world
  const authenticator = createAuthenticator(
    { clock: { now: () => now }, freshAt: (at) => at, findKey: (kid) => keys.get(kid), findCredential: async (_, digest) => found.get(digest) },
    { issuer, audience, environment, leewaySeconds, development },
  )
  authenticator.applyRevocations(revocations)
  return authenticator
}

async function outcomeOf(request: IncomingRequest, needs: Needs | undefined, development = false): Promise<Expected> {
  try {
    const { revocationFresh, ...principal } = await verifierFor(development).authenticate(request, needs)
    assert.equal(revocationFresh, true)
    return { principal }
  } catch (error) {
    assert.ok(error instanceof Refusal, `not a Refusal: ${error}`)
    return { refusal: error.code, status: error.status }
  }
}

describe('vectors/', () => {
  it('come out of their generator as they are', () => {
    const written = generateVectors()
    for (const [name, text] of Object.entries(written))
      assert.deepEqual(JSON.parse(text), load(name), `vectors/${name} is out of date: npm run vectors -w @latchwork/verify`)
  })

  describe('K2: the form of credentials', () => {
    for (const { name, text, expect } of load<{ vectors: { name: string; text: string; expect: object | null }[] }>('credentials.json').vectors) {
      it(`K2: ${name}`, () => {
        const { text: _, ...parsed } = parseCredential(text) ?? { text: '' }
        assert.deepEqual(parsed, expect ?? {})
      })
    }
  })

  describe('K8: networks', () => {
    const { networks, addresses } = load<{
      networks: { text: string; expect: string | null }[]
      addresses: { network: string; address: string; expect: boolean }[]
    }>('networks.json')
    for (const { text, expect } of networks) {
      it(`K8: the form of ${JSON.stringify(text)}`, () => {
        if (expect === null) assert.throws(() => parseNetwork(text), { code: 'network_invalid' })
        else assert.equal(parseNetwork(text), expect)
      })
    }
    for (const { network, address, expect } of addresses) {
      it(`K8: ${address} is ${expect ? '' : 'not '}in ${network}`, () => assert.equal(isInNetworks([network], address), expect))
    }
  })

  describe('K8: the client behind proxies', () => {
    const { trustedProxies, clients } = load<{
      trustedProxies: string[]
      clients: { peer: string; forwardedFor?: string | string[]; expect: string | null }[]
    }>('clients.json')
    for (const { peer, forwardedFor, expect } of clients) {
      it(`K8: ${peer}, forwarded for ${String(JSON.stringify(forwardedFor)).slice(0, 100)}`, () =>
        assert.equal(clientAddressOf(peer, forwardedFor, trustedProxies) ?? null, expect))
    }
  })

  describe('V1: requests', () => {
    for (const { name, request, needs, development, expect } of load<{ vectors: RequestVector[] }>('requests.json').vectors) {
      it(`V1: ${name}`, async () => assert.deepEqual(await outcomeOf(request, needs, development), expect))
    }
  })

  describe('J3: tokens', () => {
    for (const { name, token, pieces, expect } of load<{ vectors: TokenVector[] }>('tokens.json').vectors) {
      const text = token ?? (pieces ?? []).map((piece) => piece.text.repeat(piece.times)).join('')
      it(`J3: ${name}`, async () => {
        const request = (headers: IncomingRequest['headers']) => ({ method: 'GET', url: '/', headers, secure: true, loopback: false })
        assert.deepEqual(await outcomeOf(request({ authorization: `Bearer ${text}` }), undefined), expect)
        assert.deepEqual(await outcomeOf(request({ 'x-api-key': text }), undefined), expect, 'the carrier makes no difference')
      })
    }
  })
})
