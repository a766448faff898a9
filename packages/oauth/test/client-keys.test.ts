import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, openClientKeys } from '../src/index.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000
const client = { id: 'app', settings: { jwksUri: 'https://app.example.test/jwks' } } as unknown as Client

/** A client's set, which is fetched as it is now; `undefined`: nobody answers. */
function startHost(keys: readonly object[]) {
  const host: { keys: readonly object[] | undefined; fetches: number } = { keys, fetches: 0 }
  const clientKeys = openClientKeys(async () => {
    host.fetches++
    return host.keys === undefined ? { failed: 'away' } : { body: Buffer.from(JSON.stringify({ keys: host.keys })) }
  })
  return { host, kidsAt: async (now: number) => (await clientKeys.all(client, now)).map((key) => key['kid']) }
}

describe('keys of clients, from their address', () => {
  it('O13: are remembered for ten minutes, and believed for an hour while nobody answers', async () => {
    const { host, kidsAt } = startHost([{ kid: 'one' }])
    for (const now of [NOW, NOW + 9 * 60_000]) assert.deepEqual(await kidsAt(now), ['one'])
    assert.equal(host.fetches, 1)
    host.keys = undefined
    assert.deepEqual(await kidsAt(NOW + HOUR), ['one'])
    assert.deepEqual(await kidsAt(NOW + HOUR + 10_000), [])
  })

  it('O13 R5: a clock that is set back makes them no fresher: a key that the client has taken away is not believed until the old time comes', async () => {
    const { host, kidsAt } = startHost([{ kid: 'lost' }])
    assert.deepEqual(await kidsAt(NOW), ['lost'])
    host.keys = [{ kid: 'new' }]
    assert.deepEqual(await kidsAt(NOW - HOUR), ['new'])
    host.keys = undefined
    assert.deepEqual(await kidsAt(NOW - 3 * HOUR), [])
  })
})
