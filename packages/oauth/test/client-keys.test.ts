import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, type Jwk, keysFor, openClientKeys } from '../src/index.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const named = (kid: string) => (keys: readonly Jwk[]) => keysFor(keys, { alg: 'ES256', kid })
const unreachable = { code: 'client_keys_unreachable', status: 503, retryAfterSeconds: 5, about: { clientId: 'app' } }
const client = { id: 'app', settings: { jwksUri: 'https://app.example.test/jwks' } } as unknown as Client

/** A client's set, which is fetched as it is now; `undefined`: nobody answers. */
function startHost(keys: readonly object[]) {
  const host: { keys: readonly object[] | undefined; fetches: number } = { keys, fetches: 0 }
  const clientKeys = openClientKeys(async () => {
    host.fetches++
    return host.keys === undefined ? { failed: 'away' } : { body: Buffer.from(JSON.stringify({ keys: host.keys })) }
  })
  return { host, clientKeys, kidsAt: async (now: number) => (await clientKeys.find(client, (keys) => keys, now)).map((key) => key['kid']) }
}

const key = (kid: string) => ({
  kid,
  kty: 'EC',
  crv: 'P-256',
  alg: 'ES256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
})

describe('keys of clients, from their address', () => {
  it('O13: are remembered for ten minutes, and believed for an hour while nobody answers', async () => {
    const { host, kidsAt } = startHost([{ kid: 'one' }])
    for (const now of [NOW, NOW + 9 * 60_000]) assert.deepEqual(await kidsAt(now), ['one'])
    assert.equal(host.fetches, 1)
    host.keys = undefined
    assert.deepEqual(await kidsAt(NOW + HOUR), ['one'])
    await assert.rejects(kidsAt(NOW + HOUR + 10_000), { ...unreachable, reason: 'its jwks_uri was not read: away' })
  })

  it('O13: a key that is published just after the set was read is found at once; who names keys that are not there makes two fetches in five seconds', async () => {
    const { host, clientKeys } = startHost([key('one')])
    const kids = async (kid: string, now: number) => (await clientKeys.find(client, named(kid), now)).map((found) => found['kid'])
    assert.deepEqual(await kids('one', NOW), ['one'])
    host.keys = [key('two')]
    assert.deepEqual(await kids('two', NOW + 500), ['two'])
    for (let later = 1000; later < 5000; later += 100) assert.deepEqual(await kids('none', NOW + later), [])
    assert.equal(host.fetches, 2)
    assert.deepEqual(await kids('none', NOW + 5000), [])
    assert.equal(host.fetches, 3)
  })

  it('O13: a host that fails is left alone for five seconds, meanwhile nobody is judged by keys that are not known, and why is known to the log', async () => {
    const { host, clientKeys, kidsAt } = startHost([])
    host.keys = undefined
    for (let later = 0; later < 5000; later += 500) {
      await assert.rejects(kidsAt(NOW + later), unreachable)
      await assert.rejects(clientKeys.find(client, named('one'), NOW + later), unreachable)
    }
    assert.deepEqual([host.fetches, clientKeys.trouble(client)], [1, 'away'])
    host.keys = [key('one')]
    assert.deepEqual(await kidsAt(NOW + 5000), ['one'])
    assert.equal(clientKeys.trouble(client), undefined)
  })

  it('O13: a set that was read and has no key that fits is an answer, also while its host is away since', async () => {
    const { host, clientKeys } = startHost([])
    assert.deepEqual(await clientKeys.find(client, named('one'), NOW), [])
    host.keys = undefined
    assert.deepEqual(await clientKeys.find(client, named('one'), NOW + 10_000), [])
    assert.equal(clientKeys.trouble(client), 'away')
  })

  it('O13 R5: a clock that is set back makes them no fresher: a key that the client has taken away is not believed until the old time comes', async () => {
    const { host, kidsAt } = startHost([{ kid: 'lost' }])
    assert.deepEqual(await kidsAt(NOW), ['lost'])
    host.keys = [{ kid: 'new' }]
    assert.deepEqual(await kidsAt(NOW - HOUR), ['new'])
    host.keys = undefined
    await assert.rejects(kidsAt(NOW - 3 * HOUR), unreachable)
  })
})
