/** API keys over HTTP: remembered, looked up, metered, in stores of every size; and whether the time of a look-up tells anything. */
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { checksumOf, mintKey } from '../../../packages/kernel/src/index.ts'
import type { Bench, Contestant, Contestants } from '../contest.ts'
import { asLatency, overHttp } from '../contestants.ts'
import { fillKeys } from '../fill-keys.ts'
import { type Latchwork, latchworkOf, mintApiKey, newInstallation, rootHeaders, startLatchwork } from '../latchwork.ts'
import { type Answer, HttpConnection } from '../load/http-connection.ts'
import { jsonRequest } from '../load/request.ts'
import { welchT } from '../welch.ts'
import { checkStatus } from './oauth.ts'

interface Question {
  readonly path: string
  readonly member: string
  readonly check: (answer: Answer) => void
}

const judge: Question = { path: '/v1/keys/verify', member: 'key', check: (answer) => checkFor(answer, '"valid":true') }
const lookUp: Question = { path: '/v1/verify', member: 'credential', check: (answer) => checkFor(answer, '"alive":true') }
/** As many as a server remembers. They are asked for first, and never again. */
const REMEMBERED_KEYS = 10_000
/** So many others come in turn that none is taken for one that comes again, and every one is looked up. */
const KEYS_IN_TURN = 50_000
/** Few, so that what is measured is the look-up and not the queue before it. */
const FEW_CONNECTIONS = 2
const TIMED_LOOK_UPS = 20_000

/** A key that is remembered, asked about by the call that judges it whole. */
export async function keyJudged(bench: Bench): Promise<Contestants> {
  const latchwork = await latchworkOf(bench)
  const key = await mintApiKey(latchwork)
  return besideBareRoute(bench, latchwork, { key, scopes: [latchwork.scope] })
}

/** The same with two limits, none of which is reached, and a list of networks. */
export async function keyMetered(bench: Bench): Promise<Contestants> {
  const latchwork = await latchworkOf(bench)
  const limits = ['burst', 'day'].map((name) => ({ name, count: 50_000_000, periodSeconds: 60 }))
  const key = await mintApiKey(latchwork, { limits, networks: ['198.51.100.0/24', '192.0.2.0/24', '2001:db8::/32'] })
  return besideBareRoute(bench, latchwork, { key, scopes: [latchwork.scope], address: '192.0.2.7' })
}

async function besideBareRoute(bench: Bench, latchwork: Latchwork, body: object, { path, check }: Question = judge): Promise<Contestants> {
  const connection = new HttpConnection(latchwork.origin)
  const answer = await connection.send(jsonRequest(latchwork.origin, path, body, rootHeaders(latchwork)))
  connection.close()
  check(answer)
  const bare = await bench.subject('bare-fastify', { routes: [{ path, status: 200, payload: JSON.parse(answer.body) as unknown }] })
  const repeated = (origin: string) => {
    const request = jsonRequest(origin, path, body, rootHeaders(latchwork))
    return async (open: HttpConnection) => async () => check(await open.send(request))
  }
  return {
    ours: await overHttp('Latchwork', latchwork.subject, bench.connections, repeated(latchwork.origin)),
    limit: await overHttp('bare Fastify route', bare, bench.connections, repeated(bare.ready.origin)),
  }
}

/** A miss of the look-up alone, which the verifiers of your APIs ask for. */
export async function keyMiss(bench: Bench): Promise<Contestants> {
  const filled = await startFilled(bench)
  const { ours, limit } = await besideBareRoute(bench, filled.latchwork, { credential: filled.keys[0] }, lookUp)
  ours.close()
  return { ours: await misses('Latchwork', filled, bench.connections, lookUp), ...(limit === undefined ? {} : { limit }) }
}

/** A miss that is judged and counted too: the use of each of these keys is on the disk a second later. */
export async function keyJudgeMiss(bench: Bench): Promise<Contestants> {
  const filled = await startFilled(bench)
  const { ours, limit } = await besideBareRoute(bench, filled.latchwork, { key: filled.keys[0] })
  ours.close()
  return { ours: await misses('Latchwork', filled, bench.connections), ...(limit === undefined ? {} : { limit }) }
}

/** The p50 of a miss in a store of this many keys more than those that are asked for, beside one of ten thousand more. */
export function keyStoreSize(count: number) {
  return async (bench: Bench): Promise<Contestants> => {
    const small = await startFilled(bench, 10_000)
    const large = await startFilled(bench, count)
    return {
      ours: asLatency(await misses('Latchwork', large, FEW_CONNECTIONS, lookUp)),
      limit: asLatency(await misses('Latchwork, 10 thousand keys', small, FEW_CONNECTIONS, lookUp)),
    }
  }
}

interface Filled {
  readonly latchwork: Latchwork
  readonly keys: readonly string[]
}

/** A server whose memory is full of keys that nobody asks for any more. @param more keys in the store that are never asked for. */
async function startFilled(bench: Bench, more = 0): Promise<Filled> {
  const folder = join(bench.folder, `keys-${more}-${Math.floor(performance.now())}`)
  const installation = newInstallation(folder)
  await (await startLatchwork(folder, installation)).subject.close() // makes the tables and the account
  const known = REMEMBERED_KEYS + KEYS_IN_TURN
  const keys = fillKeys(folder, installation.accountId, installation.scope, known + more, known)
  const latchwork = await startLatchwork(folder, installation)
  bench.atEnd(() => latchwork.subject.close())
  await ask(latchwork, keys.slice(0, REMEMBERED_KEYS))
  return { latchwork, keys: keys.slice(REMEMBERED_KEYS) }
}

async function ask(latchwork: Latchwork, keys: readonly string[]): Promise<void> {
  const connection = new HttpConnection(latchwork.origin)
  for (const credential of keys) lookUp.check(await connection.send(jsonRequest(latchwork.origin, lookUp.path, { credential }, rootHeaders(latchwork))))
  connection.close()
}

async function misses(name: string, { latchwork, keys }: Filled, connections: number, { path, member, check }: Question = judge): Promise<Contestant> {
  const requests = keys.map((key) => jsonRequest(latchwork.origin, path, { [member]: key }, rootHeaders(latchwork)))
  let turn = 0
  return overHttp(name, latchwork.subject, connections, async (open) => async () => {
    turn = (turn + 1) % requests.length
    check(await open.send(requests[turn] as string))
  })
}

/**
 * Welch's t between two kinds of well-formed keys that are nobody's: drawn at random, and alike to a key that is known in all but its last digits. If a look-up went by anything
 * but the digest, those that come close would take longer.
 */
export async function keyTiming(bench: Bench): Promise<Contestants> {
  const latchwork = await latchworkOf(bench)
  const known = await mintApiKey(latchwork)
  const connection = new HttpConnection(latchwork.origin)
  const timed = async (key: string): Promise<number> => {
    const request = jsonRequest(latchwork.origin, judge.path, { key }, rootHeaders(latchwork))
    const before = performance.now()
    const answer = await connection.send(request)
    const after = performance.now()
    checkStatus(answer, 200)
    if (!answer.body.includes('NOT_FOUND')) throw new Error(`a key that is nobody's was found: ${answer.body}`)
    return after - before
  }
  const measure = async () => {
    const samples: readonly [number[], number[]] = [[], []]
    for (let taken = 0; taken < TIMED_LOOK_UPS; taken++) {
      const kind = Math.random() < 0.5 ? 0 : 1
      // Both are put together alike: what it costs us to make them must not tell them apart.
      samples[kind].push(await timed(closeTo(kind === 0 ? mintKey('rk', 'live', 'lw').reveal() : known)))
    }
    return { value: Math.abs(welchT(...samples)) }
  }
  return { ours: { name: 'Latchwork', close: () => connection.close(), measure } }
}

/** A key with other digits before a checksum that is right. */
function closeTo(known: string): string {
  const stem = known.slice(0, -9)
  const digits = mintKey('rk', 'live', 'lw').reveal().slice(-9, -6)
  const text = stem + digits === known.slice(0, -6) ? `${stem}${digits.slice(1)}0` : stem + digits
  return text + checksumOf(text)
}

function checkFor(answer: Answer, words: string): void {
  if (answer.status !== 200 || !answer.body.includes(words)) throw new Error(`not verified: ${answer.status} ${answer.body}`)
}
