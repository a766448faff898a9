import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { ClientFailure, type Credential, credentialOf, login, openProfileStore, type RequestToSend, send } from '../src/index.ts'
import { startApi } from './apis.ts'

const KEY = 'a-key-of-somebody-else'
const talk = { say: () => {}, openBrowser: () => {}, wait: async () => {}, now: () => 0 }

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-client-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const storeAt = (folder: string, passphrase = 'long enough') => openProfileStore(folder, { passphrase, askPassphrase: async () => passphrase })

async function keyFor(t: TestContext, ...origins: readonly string[]): Promise<Credential> {
  const store = storeAt(folderOf(t))
  await login(store, { name: 'key', type: 'api-key', origins, secrets: { apiKey: KEY } }, talk, false)
  return credentialOf(store, 'key', () => 0)
}

const request = (url: string, more: Partial<RequestToSend> = {}): RequestToSend => ({
  method: 'GET',
  url: new URL(url),
  headers: [['x-mine', 'yes']],
  follows: true,
  timeoutMs: 5000,
  ...more,
})

const fails = (code: string) => (error: unknown) => error instanceof ClientFailure && error.code === code

describe('where a credential goes', () => {
  it('C1: to the origins of its profile and nowhere else: not to another port, host or scheme; nothing is sent', async (t) => {
    const [mine, other] = [await startApi(t), await startApi(t)]
    const key = await keyFor(t, mine.url)
    await send(request(`${mine.url}/a`), key)
    assert.equal(mine.received[0]?.headers.authorization, `Bearer ${KEY}`)
    for (const url of [other.url, mine.url.replace('127.0.0.1', 'localhost'), mine.url.replace('http:', 'https:')])
      await assert.rejects(send(request(url), key), fails('origin_refused'))
    assert.equal(other.received.length, 0)
  })

  it('C1: not along a redirect to another origin: neither the credential nor headers nor a body', async (t) => {
    const other = await startApi(t)
    const mine = await startApi(t, (asked, response) => {
      const status = Number(asked.url?.slice(1))
      response.writeHead(status, { location: `${other.url}/there` }).end()
    })
    const key = await keyFor(t, mine.url)
    for (const status of [301, 302, 303, 307, 308]) await send(request(`${mine.url}/${status}`), key)
    assert.equal(other.received.length, 5)
    for (const { headers } of other.received) assert.deepEqual([headers.authorization, headers['x-mine']], [undefined, undefined])
    const stopped = await send(request(`${mine.url}/307`, { method: 'POST', body: Buffer.from('mine') }), key)
    assert.equal(other.received.length, 5)
    assert.match(stopped.notes.join(), /Not followed/)
  })

  it('C1: along a redirect within its origins, and not further than ten', async (t) => {
    const mine = await startApi(t, (_, response) => response.writeHead(302, { location: '/again' }).end())
    const { hops } = await send(request(mine.url), await keyFor(t, mine.url))
    assert.equal(hops.length, 11)
    assert.ok(mine.received.every(({ headers }) => headers.authorization === `Bearer ${KEY}`))
    const once = await send(request(mine.url, { follows: false }), undefined)
    assert.equal(once.hops.length, 1)
  })

  it('C1: not in clear beyond this machine, not with a password in the address', async (t) => {
    for (const url of ['http://api.example.com/', 'ftp://127.0.0.1/', 'https://ada:secret@api.example.com/'])
      await assert.rejects(send(request(url), undefined), fails('address_refused'))
    await assert.rejects(keyFor(t, 'http://api.example.com'), fails('address_refused'))
    await assert.rejects(keyFor(t, 'https://api.example.com/path'), fails('address_refused'))
    const downgrade = await startApi(t, (_, response) => response.writeHead(302, { location: 'http://api.example.com/' }).end())
    await assert.rejects(send(request(downgrade.url), undefined), fails('address_refused'))
  })
})

describe('profiles at rest', () => {
  it('C1: an origin that is written into the file opens nothing: it is authenticated with the secret', async (t) => {
    const folder = folderOf(t)
    await login(storeAt(folder), { name: 'key', type: 'api-key', origins: ['https://api.example.com'], secrets: { apiKey: KEY } }, talk, false)
    const path = join(folder, 'key.json')
    const written = readFileSync(path, 'utf8')
    assert.ok(!written.includes(KEY))
    await assert.rejects(storeAt(folder, 'another one').read('key'), fails('profile_damaged'))
    writeFileSync(path, written.replace('https://api.example.com', 'https://evil.example'))
    await assert.rejects(storeAt(folder).read('key'), fails('profile_damaged'))
    writeFileSync(path, written)
    assert.equal((await storeAt(folder).read('key')).secrets.apiKey, KEY)
  })

  it('C1: names are names, not paths; what is there is not replaced unasked', async (t) => {
    const store = storeAt(folderOf(t))
    const wish = { type: 'api-key', origins: ['https://a.example'], secrets: { apiKey: KEY } } as const
    for (const name of ['../x', 'a/b', '', '.', 'A', 'x'.repeat(65)]) await assert.rejects(login(store, { ...wish, name }, talk, false), fails('profile_name'))
    await login(store, { ...wish, name: 'a' }, talk, false)
    await assert.rejects(login(store, { ...wish, name: 'a' }, talk, false), fails('profile_exists'))
    await login(store, { ...wish, name: 'a' }, talk, true)
    await assert.rejects(store.read('b'), fails('profile_unknown'))
  })

  it('C1: a passphrase that is too short seals nothing', async (t) => {
    const store = storeAt(folderOf(t), 'short')
    await assert.rejects(
      login(store, { name: 'a', type: 'api-key', origins: ['https://a.example'], secrets: { apiKey: KEY } }, talk, false),
      fails('storage_failed'),
    )
    assert.equal(store.has('a'), false)
  })
})
