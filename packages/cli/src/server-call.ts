/** Calls a running server's management API, as anybody would: HTTP and a root key. */
import { isIP } from 'node:net'
import { parseToken } from '@latchwork/kernel'
import type { Flag, Invocation } from './command.ts'
import { Failure, WrongUsage } from './failure.ts'
import { readSecretFile } from './secret-file.ts'

export const serverFlag: Flag = { name: 'server', value: 'URL', help: 'The server to ask; http://localhost:8420 unless said otherwise.' }

export const serverFlags: readonly Flag[] = [
  serverFlag,
  { name: 'root-key-file', value: 'FILE', help: 'Where the root key is; - for standard input. Without it, LATCHWORK_ROOT_KEY is taken.' },
]

export const pageFlags: readonly Flag[] = [
  { name: 'limit', value: 'N', help: 'How many at most, 1 to 100; 50 unless said otherwise.' },
  { name: 'after', value: 'CURSOR', help: 'Go on behind a page: its `next`.' },
  { name: 'all', help: 'Every page; with --json, one item a line.' },
]

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: Readonly<Record<string, unknown>>
  /** A call sent again under the same key acts once; the second answer holds no secret. */
  readonly idempotencyKey?: string
  /** Anybody may call: no root key is asked for or sent. */
  readonly isOpen?: true
}

const TIMEOUT_MS = 15_000

/** The answer's JSON; `undefined` for 204. @throws Failure with the server's own words when it refuses. */
export async function callServer(invocation: Invocation, call: Call): Promise<unknown> {
  const { response, server } = await open(invocation, call)
  const text = await response.text()
  if (response.status === 204) return undefined
  const content = parse(text)
  if (response.ok && content !== undefined) return content
  throw refusalOf(response.status, content, server)
}

/** An answer of any length, line by line as it comes. @throws Failure when the server refuses, or the answer breaks off. */
export async function* linesFromServer(invocation: Invocation, call: Omit<Call, 'method'>): AsyncGenerator<string> {
  const { response, server } = await open(invocation, { ...call, method: 'GET' }, 'application/x-ndjson')
  if (!response.ok || response.body === null) throw refusalOf(response.status, parse(await response.text()), server)
  let rest = ''
  try {
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch {
    throw new Failure('The answer of the server broke off.', 'What came so far is not all: ask again.')
  }
}

async function open(invocation: Invocation, call: Call, accept = 'application/json') {
  const server = serverOf(invocation)
  const rootKey = call.isOpen === true ? undefined : await rootKeyOf(invocation)
  const url = new URL(call.path, server)
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) url.searchParams.set(name, value)
  return { response: await send(url, rootKey, call, accept), server }
}

/** Waits so long for the answer to begin, and for all of it where it is JSON. */
async function send(url: URL, rootKey: string | undefined, call: Call, accept: string): Promise<Response> {
  const patience = new AbortController()
  const timeout = setTimeout(() => patience.abort(new DOMException('', 'TimeoutError')), TIMEOUT_MS)

  const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) }
  try {
    return await fetch(url, {
      method: call.method,
      headers: {
        ...(rootKey === undefined ? {} : { authorization: `Bearer ${rootKey}` }),
        accept,
        ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      redirect: 'error', // a root key goes nowhere but where it was sent
      signal: accept === 'application/json' ? AbortSignal.timeout(TIMEOUT_MS) : patience.signal,
      ...body,
    })
  } catch (error) {
    const why = error instanceof Error && error.name === 'TimeoutError' ? 'does not answer in time' : `cannot be reached (${reasonOf(error)})`
    throw new Failure(`The server at ${url.origin} ${why}.`, 'Start it with `latchwork start`, or name another with --server URL.')
  } finally {
    clearTimeout(timeout)
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string; readonly message?: string } }
  return cause?.code ?? cause?.message ?? 'no connection'
}

function serverOf(invocation: Invocation): URL {
  const given = invocation.text('server') ?? 'http://localhost:8420'
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new WrongUsage('--server is not an address.', 'Write it whole, such as https://auth.example.com or http://localhost:8420.')
  const isLocal = url.hostname === 'localhost' || url.hostname === '[::1]' || (isIP(url.hostname) === 4 && url.hostname.startsWith('127.'))
  if (url.username !== '' || url.password !== '') throw new WrongUsage('--server holds a user name or password.', 'Give the address alone.')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal))
    throw new WrongUsage('--server is not https: the root key would travel in clear.', 'Give the https address of the server.')
  return url
}

const rootKeys = new WeakMap<Invocation, Promise<string>>()

/** Read once: standard input cannot be read again, and a list may take many calls. */
function rootKeyOf(invocation: Invocation): Promise<string> {
  const rootKey = rootKeys.get(invocation) ?? readRootKey(invocation)
  rootKeys.set(invocation, rootKey)
  return rootKey
}

async function readRootKey(invocation: Invocation): Promise<string> {
  const file = invocation.text('root-key-file')
  const text = file === undefined ? invocation.terminal.env['LATCHWORK_ROOT_KEY']?.trim() : await readSecretFile(file, invocation.terminal)
  if (text === undefined || text === '') {
    throw new WrongUsage(
      'A root key is needed.',
      'Name its file with --root-key-file, or set LATCHWORK_ROOT_KEY. Operators make root keys at /operator/keys; `latchwork init` makes the first.',
    )
  }
  if (parseToken('root_key', text) === undefined)
    throw new Failure(`${file === undefined ? 'LATCHWORK_ROOT_KEY' : file} holds no root key.`, 'A root key starts with lw_root_; copy it again, whole.')
  return text
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(text)
    return typeof content === 'object' && content !== null ? (content as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function refusalOf(status: number, content: Readonly<Record<string, unknown>> | undefined, server: URL): Failure {
  const { title, detail, code, reference, type } = content ?? {}
  if (typeof title !== 'string' || typeof detail !== 'string')
    return new Failure(`${server.origin} answered ${status}, and not as Latchwork does.`, 'Check the address given with --server.')
  const trace = typeof reference === 'string' ? ` (reference ${reference})` : ''
  return new Failure(`${title}${trace}.`, detail, { status, code, reference, type })
}
