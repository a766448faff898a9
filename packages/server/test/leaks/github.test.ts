import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { fetchedKeys, readKeyList } from '../../src/leaks/github-keys.ts'
import { parseGithubHeaders, proveGithubSignature } from '../../src/leaks/github-signature.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { isAlive, makeKey, settled, told, toldOf } from './leaked.ts'

/** As GitHub publishes it. */
const published = {
  body: '[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]',
  identifier: 'f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d',
  signature: 'MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=',
  key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gPHzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==',
}

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ownIdentifier = 'a'.repeat(64)
const spkiOf = (key: KeyObject): string => key.export({ format: 'der', type: 'spki' }).toString('base64')
const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString()

const pinned = [`${published.identifier}=${published.key}`, `${ownIdentifier}=${spkiOf(own.publicKey)}`]
const wishes = { config: { leaks: { github: { enabled: true, keys: pinned } } } }

function signed(body: string | Buffer, key: KeyObject = own.privateKey, dsaEncoding: 'der' | 'ieee-p1363' = 'der'): string {
  return sign('sha256', Buffer.from(body), { key, dsaEncoding }).toString('base64')
}

function post(latchwork: Latchwork, body: string, signature: string | undefined = signed(body), identifier: string | undefined = ownIdentifier) {
  const headers = {
    'content-type': 'application/json',
    ...(identifier === '' ? {} : { 'github-public-key-identifier': identifier }),
    ...(signature === '' ? {} : { 'github-public-key-signature': signature }),
  }
  return latchwork.call('POST', '/v1/leaks/github', { body, headers })
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
const matchOf = (token: string) => ({ token, type: 'latchwork_secret_key', url: 'https://github.com/o/r/blob/abc/f.txt', source: 'commit' })

onEachEngine(
  'POST /v1/leaks/github',
  (latchworkOf) => {
    it("K15: GitHub's published vector is taken as it stands, and not with a byte more or less", async () => {
      const latchwork = latchworkOf()
      const { body, signature, identifier } = published
      const answer = await post(latchwork, body, signature, identifier)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      assert.deepEqual(answer.body, [{ token_hash: hashOf('some_token'), token_type: 'some_type', label: 'false_positive' }])
      for (const other of [`${body}\n`, ` ${body}`, body.replace('some_url', 'some_urI'), JSON.stringify(JSON.parse(body), null, 2), ''])
        refuses(await post(latchwork, other, signature, identifier), 401, 'signature_invalid')
    })

    it('K15: a body with spaces in it is proven as it came, not as it would be written again; ours are true positives and end, others false', async () => {
      const latchwork = latchworkOf()
      const key = await makeKey(latchwork)
      const gone = await makeKey(latchwork)
      await latchwork.call('DELETE', `/v1/keys/${gone.id}`, { bearer: latchwork.rootKey })
      const strange = mintKey('sk', 'live', 'lw').reveal()
      const body = ` [ ${[key.text, gone.text, strange, 'ghp_x'].map((token) => JSON.stringify(matchOf(token), null, 4)).join(' ,\n ')} ]\n`
      assert.notEqual(JSON.stringify(JSON.parse(body)), body)
      const answer = await post(latchwork, body)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      const feedback = (token: string, label: string) => ({ token_hash: hashOf(token), token_type: 'latchwork_secret_key', label })
      assert.deepEqual(answer.body, [
        feedback(key.text, 'true_positive'),
        feedback(gone.text, 'true_positive'),
        feedback(strange, 'false_positive'),
        feedback('ghp_x', 'false_positive'),
      ])
      await until(async () => !(await isAlive(latchwork, 'rk', key.text)), 'the key has ended')
      const event = await told(latchwork, key.fingerprint)
      assert.deepEqual([event.actor.id, event.data?.['url'], event.data?.['source']], ['github', matchOf('').url, 'commit'])
    })

    it('K15: 5,000 matches are answered within seconds; one key in all of them is one notice', async (t) => {
      const latchwork = latchworkOf()
      const key = await makeKey(latchwork)
      const tokens = Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? key.text : mintKey('sk', 'live', 'lw').reveal()))
      const body = JSON.stringify(tokens.map(matchOf))
      const started = performance.now()
      const answer = await post(latchwork, body)
      const answeredMs = performance.now() - started
      assert.equal(answer.status, 200)
      assert.equal(answer.body.length, 2501)
      assert.equal(answer.body.filter(({ label }: { label: string }) => label === 'true_positive').length, 1)
      assert.ok(answeredMs < 10_000, `${answeredMs} ms`)
      t.diagnostic(`answered in ${Math.round(answeredMs)} ms`)
      await told(latchwork, key.fingerprint)
      assert.equal((await post(latchwork, JSON.stringify([matchOf(key.text)]))).status, 200)
      await settled(latchwork)
      assert.equal((await toldOf(latchwork, 'key.leaked', `&credentialId=${key.id}`)).length, 1)
    })
  },
  wishes,
)

describe('what GitHub’s door refuses', () => {
  it('K15: a missing, malformed or foreign signature, an altered body and an unknown key are 401, unparsed; nothing ends', async (t) => {
    const latchwork = await startLatchwork(t, wishes)
    const key = await makeKey(latchwork)
    const body = JSON.stringify([matchOf(key.text)])
    const good = signed(body)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const wrong: readonly [string, string, string, string][] = [
      ['no signature', body, '', ownIdentifier],
      ['no identifier', body, good, ''],
      ['an unknown identifier', body, good, 'b'.repeat(64)],
      ['another of our identifiers', body, good, published.identifier],
      ['an identifier that is a path', body, good, '../x'],
      ['another key', body, signed(body, other.privateKey), ownIdentifier],
      ['raw r and s', body, signed(body, own.privateKey, 'ieee-p1363'), ownIdentifier],
      ['another body', `${body} `, good, ownIdentifier],
      ['white space in the base64', body, `${good.slice(0, 8)} ${good.slice(8)}`, ownIdentifier],
      ['padding left away', body, good.replace(/=+$/, '').slice(0, -1), ownIdentifier],
      ['no JSON, and not proven', '{"a":', good, ownIdentifier],
    ]
    for (const [what, sent, signature, identifier] of wrong) {
      const answer = await post(latchwork, sent, signature, identifier)
      assert.equal(answer.status, 401, `${what}: ${JSON.stringify(answer.body)}`)
      refuses(answer, 401, 'signature_invalid')
    }
    await settled(latchwork)
    assert.ok(await isAlive(latchwork, 'rk', key.text))
    for (const bad of ['{', '{}', 'null', '[{"token":"a","token":"b"}]']) refuses(await post(latchwork, bad), 400, 'request_malformed')
    const answer = await post(latchwork, '[1, null, {"type":"x"}, {"token":"x","unknown":true}]')
    assert.deepEqual(answer.body, [{ token_hash: hashOf('x'), token_type: '', label: 'false_positive' }])
  })

  it('K15: the vector stands by itself: headers, key and body, without a server', async () => {
    const keys = readKeyList({
      public_keys: [{ key_identifier: published.identifier, key: `-----BEGIN PUBLIC KEY-----\n${published.key}\n-----END PUBLIC KEY-----\n` }],
    })
    const ring = { find: async (identifier: string) => keys.get(identifier) }
    const headers = { 'github-public-key-identifier': published.identifier, 'github-public-key-signature': published.signature }
    await proveGithubSignature(ring, parseGithubHeaders(headers), Buffer.from(published.body))
    await assert.rejects(proveGithubSignature(ring, parseGithubHeaders(headers), Buffer.from(`${published.body}\n`)), /signature_invalid/)
  })
})

interface ListServer {
  readonly url: string
  readonly asked: () => number
  readonly say: (status: number, body: string) => void
}

async function startList(t: TestContext): Promise<ListServer> {
  let asked = 0
  let answer: readonly [number, string] = [200, '{}']
  const server: Server = createServer((_request, response) => {
    asked++
    response.writeHead(answer[0], { 'content-type': 'application/json' }).end(answer[1])
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const say = (status: number, body: string): void => {
    answer = [status, body]
  }
  return { url: `http://localhost:${port}`, asked: () => asked, say }
}

const listOf = (...keys: readonly (readonly [string, KeyObject])[]): string =>
  JSON.stringify({ public_keys: keys.map(([identifier, key]) => ({ key_identifier: identifier, key: pemOf(key), is_current: true })) })

describe('the keys of GitHub', () => {
  it('K15: are fetched when first needed and kept; an unknown one is asked for once, with a pause from the last attempt', async (t) => {
    const list = await startList(t)
    const second = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    let now = 1_000_000
    const fetchList = async () => JSON.parse(await (await fetch(list.url)).text()) as unknown
    const keys = fetchedKeys({ fetchList, clock: { now: () => now }, onTrouble: () => {} })
    assert.equal(list.asked(), 0)
    list.say(200, listOf(['one', own.publicKey]))
    const found = await Promise.all(Array.from({ length: 10 }, () => keys.find('one')))
    assert.ok(found.every((key) => key?.equals(own.publicKey)))
    assert.equal(list.asked(), 1, 'ten at once are one request')
    list.say(200, listOf(['one', own.publicKey], ['two', second.publicKey]))
    assert.equal(await keys.find('two'), undefined, 'within the pause')
    assert.equal(list.asked(), 1)
    now += 60_000
    assert.ok((await keys.find('two'))?.equals(second.publicKey))
    assert.equal(list.asked(), 2)
    for (let count = 0; count < 5; count++) assert.equal(await keys.find('three'), undefined)
    assert.equal(list.asked(), 2)
    now += 60_000
    list.say(500, 'no')
    assert.equal(await keys.find('three'), undefined)
    assert.equal(await keys.find('three'), undefined)
    assert.equal(list.asked(), 3, 'the pause counts from the attempt, also one that failed')
    assert.ok((await keys.find('one'))?.equals(own.publicKey), 'what was known stays known')
  })

  it('K15: a key that GitHub has withdrawn is believed no longer than a day, and none longer than a week without word from GitHub', async (t) => {
    const list = await startList(t)
    let now = 1_000_000
    const keys = fetchedKeys({
      fetchList: async () => JSON.parse(await (await fetch(list.url)).text()) as unknown,
      clock: { now: () => now },
      onTrouble: () => {},
    })
    list.say(200, listOf(['one', own.publicKey]))
    assert.ok(await keys.find('one'))
    now += 25 * 3_600_000
    list.say(500, 'no')
    assert.ok(await keys.find('one'), 'GitHub is away: for a while that is borne')
    now += 7 * 24 * 3_600_000
    assert.equal(await keys.find('one'), undefined)
    now += 60_000
    list.say(200, listOf())
    assert.equal(await keys.find('one'), undefined)
  })

  it('K15: a list is read whatever else stands in it; keys of other algorithms are left out', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const list = JSON.parse(listOf(['good', own.publicKey], ['rsa', rsa.publicKey], ['p384', p384.publicKey])) as { public_keys: unknown[] }
    list.public_keys.push(null, 1, {}, { key_identifier: 'x', key: 'no key' }, { key_identifier: 1, key: pemOf(own.publicKey) })
    assert.deepEqual([...readKeyList(list).keys()], ['good'])
    for (const answer of [undefined, null, 1, [], {}, { public_keys: {} }]) assert.throws(() => readKeyList(answer), TypeError)
  })

  it('K15: a server fetches them over TLS from the configured address, by the guarded way out, and asks no address that is not public unless it is allowed', async (t) => {
    const { cert, key } = selfSigned()
    const folder = await mkdtemp(join(tmpdir(), 'latchwork-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'ca.pem'), cert)
    let asked = 0
    const server = createTlsServer({ cert, key }, (_request, response) => {
      asked++
      response.writeHead(200, { 'content-type': 'application/json' }).end(listOf([ownIdentifier, own.publicKey]))
    })
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const github = { enabled: true, keysUrl: `https://localhost:${port}/meta` }
    const body = JSON.stringify([matchOf('x')])
    const open = await startLatchwork(t, {
      config: { leaks: { github }, outbound: { allow: [`localhost:${port}`], extraCaFile: join(folder, 'ca.pem') } },
    })
    assert.equal((await post(open, body)).status, 200)
    assert.equal((await post(open, body)).status, 200)
    assert.equal(asked, 1)
    const closed = await startLatchwork(t, { config: { leaks: { github }, outbound: { extraCaFile: join(folder, 'ca.pem') } } })
    refuses(await post(closed, body), 401, 'signature_invalid')
    const distrustful = await startLatchwork(t, { config: { leaks: { github }, outbound: { allow: [`localhost:${port}`] } } })
    refuses(await post(distrustful, body), 401, 'signature_invalid')
    assert.equal(asked, 1)
    for (const { log } of [closed, distrustful]) assert.ok(log.some((line) => line.includes("GitHub's keys could not be fetched")))
  })
})
