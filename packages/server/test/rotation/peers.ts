/**
 * Secret stores for tests, over TLS with a certificate of their own. Each speaks the documented protocol and refuses whatever departs from it with the documented status: Vault's KV
 * engine (versions 1 and 2, check-and-set), Kubernetes' server-side apply of a Secret, AWS Secrets Manager with its signature, and a receiver of webhooks.
 */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { selfSigned } from '../kit/self-signed.ts'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly body?: unknown
}

/** `loses`: does what is asked, and the answer never comes. */
export type Mood = 'works' | 'away' | 'loses' | { readonly status: number }

export interface Peer {
  readonly url: string
  readonly host: string
  readonly caFile: string
  readonly asked: Asked[]
  mood: Mood
}

export async function startPeer(t: TestContext, answer: (asked: Asked) => Answer | Promise<Answer>): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-peer-'))
  const { cert, key } = selfSigned()
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, cert)
  const server = createServer({ cert, key }, (request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true })
  })
  const peer: Peer = { url: `https://localhost:${port}`, host: `localhost:${port}`, caFile, asked: [], mood: 'works' }
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const { mood } = peer
    if (mood === 'away') return void request.socket.destroy()
    const asked = { method: request.method ?? '', url: new URL(request.url ?? '', peer.url), headers: request.headers, body: Buffer.concat(parts).toString() }
    peer.asked.push(asked)
    if (typeof mood === 'object') return void response.writeHead(mood.status).end('{}')
    const { status, body } = await answer(asked)
    if (mood === 'loses') return void request.socket.destroy()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body))
  }
  return peer
}

// biome-ignore lint/suspicious/noExplicitAny: what a peer was sent
type Any = any
type Secrets<T> = Map<string, T>

export interface VaultPeer extends Peer {
  /** Every version of each path, oldest first. */
  readonly versions: Secrets<readonly Any[]>
}

export async function startVault(t: TestContext, token: string, mount = 'secret', version: 1 | 2 = 2): Promise<VaultPeer> {
  const versions: Secrets<readonly Any[]> = new Map()
  const peer = await startPeer(t, ({ method, url, headers, body }) => {
    if (headers['x-vault-token'] !== token) return { status: 403, body: { errors: ['permission denied'] } }
    const at = version === 1 ? `/v1/${mount}/` : `/v1/${mount}/data/`
    if (!url.pathname.startsWith(at)) return { status: 404, body: { errors: [`no handler for route ${url.pathname}`] } }
    const path = url.pathname.slice(at.length)
    const known = versions.get(path) ?? []
    if (method === 'GET') {
      if (known.length === 0) return { status: 404, body: { errors: [] } }
      return { status: 200, body: { data: { data: known.at(-1), metadata: { version: known.length, destroyed: false } } } }
    }
    if (method !== 'POST' && method !== 'PUT') return { status: 405, body: { errors: [] } }
    const written = JSON.parse(body) as Any
    if (version === 1) {
      versions.set(path, [written])
      return { status: 204 }
    }
    if (typeof written.data !== 'object') return { status: 400, body: { errors: ['no data provided'] } }
    if (written.options?.cas !== undefined && written.options.cas !== known.length)
      return { status: 400, body: { errors: ['check-and-set parameter did not match the current version'] } }
    versions.set(path, [...known, written.data])
    return { status: 200, body: { data: { version: known.length + 1 } } }
  })
  return Object.assign(peer, { versions })
}

export interface KubernetesPeer extends Peer {
  readonly secrets: Secrets<Any>
}

/** What an API server demands of a server-side apply, and of the name of a Secret. */
export async function startKubernetes(t: TestContext, tokenOf: () => string, namespace: string): Promise<KubernetesPeer> {
  const secrets: Secrets<Any> = new Map()
  const status = (code: number, reason: string): Answer => ({ status: code, body: { kind: 'Status', status: 'Failure', reason, code } })
  const peer = await startPeer(t, ({ method, url, headers, body }) => {
    if (headers.authorization !== `Bearer ${tokenOf()}`) return status(401, 'Unauthorized')
    const [, ns, name = ''] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(url.pathname) ?? []
    if (ns === undefined) return status(404, 'NotFound')
    if (ns !== namespace) return status(403, 'Forbidden')
    if (method !== 'PATCH') return status(405, 'MethodNotAllowed')
    if (headers['content-type'] !== 'application/apply-patch+yaml') return status(415, 'UnsupportedMediaType')
    if (!url.searchParams.get('fieldManager')) return status(422, 'Invalid')
    const applied = JSON.parse(body) as Any
    if (applied.apiVersion !== 'v1' || applied.kind !== 'Secret') return status(400, 'BadRequest')
    if (applied.metadata?.name !== name || applied.metadata?.namespace !== ns) return status(400, 'BadRequest')
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || name.length > 253) return status(422, 'Invalid')
    for (const value of Object.values<string>(applied.data)) if (Buffer.from(value, 'base64').toString('base64') !== value) return status(400, 'BadRequest')
    const isNew = !secrets.has(name)
    secrets.set(name, applied)
    return { status: isNew ? 201 : 200, body: applied }
  })
  return Object.assign(peer, { secrets })
}

export interface AwsPeer extends Peer {
  readonly secrets: Secrets<{ readonly current: string; readonly tokens: Map<string, string> }>
}

export async function startAws(
  t: TestContext,
  identity: { readonly id: string; readonly secret: string; readonly region: string },
  now: () => number,
): Promise<AwsPeer> {
  const secrets: AwsPeer['secrets'] = new Map()
  const fault = (type: string): Answer => ({ status: 400, body: { __type: type, message: type } })
  const peer = await startPeer(t, (asked) => {
    const wrong = faultOfSignature(asked, identity, now())
    if (wrong !== undefined) return fault(wrong)
    const action = String(asked.headers['x-amz-target']).replace(/^secretsmanager\./, '')
    const { SecretId, Name, SecretString, ClientRequestToken: token } = JSON.parse(asked.body) as Record<string, string>
    if (token === undefined || token.length < 32 || token.length > 64) return fault('ValidationException')
    const name = SecretId ?? Name ?? ''
    const known = secrets.get(name)
    if (action === 'CreateSecret') {
      if (known !== undefined) return fault('ResourceExistsException')
      secrets.set(name, { current: SecretString ?? '', tokens: new Map([[token, SecretString ?? '']]) })
      return { status: 200, body: { Name: name, VersionId: token } }
    }
    if (action !== 'PutSecretValue') return fault('UnknownOperationException')
    if (known === undefined) return fault('ResourceNotFoundException')
    const before = known.tokens.get(token)
    if (before !== undefined && before !== SecretString) return fault('ResourceExistsException')
    if (before === undefined) {
      known.tokens.set(token, SecretString ?? '')
      secrets.set(name, { ...known, current: SecretString ?? '' })
    }
    return { status: 200, body: { Name: name, VersionId: token } }
  })
  return Object.assign(peer, { secrets })
}

/** Checks a signature as the service documents it: written for this, and sharing nothing with the signer. */
function faultOfSignature(
  asked: Asked,
  { id, secret, region }: { readonly id: string; readonly secret: string; readonly region: string },
  now: number,
): string | undefined {
  const { headers } = asked
  const form = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/secretsmanager\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
  const [, keyId, day, asRegion, names = '', signature] = form.exec(headers.authorization ?? '') ?? []
  if (signature === undefined) return 'IncompleteSignatureException'
  if (keyId !== id) return 'UnrecognizedClientException'
  const time = String(headers['x-amz-date'])
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(now - at) <= 5 * 60_000) || time.slice(0, 8) !== day || asRegion !== region) return 'InvalidSignatureException'
  const signed = names.split(';')
  for (const needed of ['host', 'x-amz-date', 'x-amz-target', 'content-type']) if (!signed.includes(needed)) return 'InvalidSignatureException'
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}`)
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
  const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const canonical = `${asked.method}\n${asked.url.pathname}\n${asked.url.search.slice(1)}\n${lines.join('\n')}\n\n${names}\n${sha(asked.body)}`
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day ?? ''), region), 'secretsmanager'), 'aws4_request')
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/secretsmanager/aws4_request\n${sha(canonical)}`).toString('hex')
  return expected === signature ? undefined : 'InvalidSignatureException'
}

export interface ReceiverPeer extends Peer {
  /** Bodies by delivery id: a receiver takes each once. */
  readonly taken: Secrets<Any>
}

export async function startReceiver(t: TestContext, secret: string): Promise<ReceiverPeer> {
  const taken: Secrets<Any> = new Map()
  const peer = await startPeer(t, ({ method, headers, body }) => {
    assert.equal(method, 'POST')
    const [, seconds, mac] = /^t=(\d{10}),v1=([0-9a-f]{64})$/.exec(String(headers['latchwork-signature'])) ?? []
    if (createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex') !== mac) return { status: 401 }
    taken.set(String(headers['latchwork-delivery']), JSON.parse(body))
    return { status: 200 }
  })
  return Object.assign(peer, { taken })
}
