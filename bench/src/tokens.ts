/**
 * `npm --prefix bench run tokens`: what a store full of access tokens costs. The p50 of issuing and of introspection beside a store that is all but empty, each asked over HTTP;
 * then whether what has expired is removed as fast as tokens come.
 */
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Bench, Contest, Contestants, Measured } from './contest.ts'
import { asLatency, overHttp } from './contestants.ts'
import { countTokens, fillTokens } from './fill-tokens.ts'
import { bodyOf, checkStatus } from './flows/oauth.ts'
import { type Latchwork, newInstallation, startLatchwork } from './latchwork.ts'
import type { Prepare } from './load/drive.ts'
import { HttpConnection } from './load/http-connection.ts'
import { atPace } from './load/pace.ts'
import { basic, formRequest } from './load/request.ts'
import { runContest } from './measure.ts'
import { printMachine, printRow } from './print.ts'
import { openBench } from './run.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '2' },
    'clean-up-seconds': { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(`Usage: npm --prefix bench run tokens -- [options]

  --count N              access tokens in the store, half of them expired (1000000)
  --rounds N             rounds, interleaved (5)
  --seconds N            seconds of load per store and round (3)
  --connections N        connections kept busy (2, so that it is not the queue that is measured)
  --clean-up-seconds N   how long the clean-up is watched each time, three times after one to warm up (20)

Example: npm --prefix bench run tokens -- --count 10000000`)
  process.exit(0)
}

/** Introspected in turn, so that they are looked up and not found in a processor's cache. */
const KNOWN = 1000
const ISSUED_A_SECOND = 500

interface Filled {
  readonly latchwork: Latchwork
  readonly folder: string
  readonly tokens: readonly string[]
}

const count = numberOf('count')
const schedule = { rounds: numberOf('rounds'), seconds: numberOf('seconds') }
const { bench, close } = openBench(numberOf('connections'))
printMachine()
try {
  const empty = await openFilled(bench, 'empty', 0, KNOWN)
  const full = await openFilled(bench, 'full', Math.floor(count / 2), Math.max(KNOWN, Math.ceil(count / 2)))
  const stores = `${count.toLocaleString('en-GB').replaceAll(',', ' ')} tokens in the store`
  const contests: readonly Contest[] = [
    besideEmpty('tokens-issue', `p50 of client credentials, ${stores}`, full, empty, issuing),
    besideEmpty('tokens-introspection', `p50 of introspection, ${stores}`, full, empty, introspecting),
  ]
  for (const contest of contests) for (const row of await runContest(contest, bench, schedule)) printRow(contest, row)
  const cleanUp: Contest = {
    name: 'tokens-clean-up',
    title: `Expired tokens removed while ${ISSUED_A_SECOND} a second are issued, ${stores}`,
    unit: '/s',
    targets: [{ against: 'value', atLeast: ISSUED_A_SECOND }],
    open: async () => ({ ours: { name: 'Latchwork', close: () => undefined, measure: (seconds) => watchCleanUp(full, seconds) } }),
  }
  if (count > 0) for (const row of await runContest(cleanUp, bench, { rounds: 3, seconds: numberOf('clean-up-seconds') })) printRow(cleanUp, row)
} finally {
  await close()
}

async function openFilled(bench: Bench, name: string, expired: number, live: number): Promise<Filled> {
  const folder = join(bench.folder, name)
  const installation = newInstallation(folder)
  const first = await startLatchwork(folder, installation) // makes the tables, and the token that the others are like
  const connection = new HttpConnection(first.origin)
  checkStatus(await connection.send(issueRequest(first)), 200)
  connection.close()
  await first.subject.close()
  const before = performance.now()
  const tokens = fillTokens(folder, expired, live, KNOWN)
  if (expired > 0) console.log(`    filled in ${Math.round((performance.now() - before) / 1000)} s`)
  const latchwork = await startLatchwork(folder, installation)
  bench.atEnd(() => latchwork.subject.close())
  return { latchwork, folder, tokens }
}

function besideEmpty(name: string, title: string, full: Filled, empty: Filled, flow: (filled: Filled) => Prepare): Contest {
  return {
    name,
    title,
    unit: 'ms',
    targets: [{ against: 'limit', atMost: 1.3 }],
    open: async ({ connections }): Promise<Contestants> => ({
      ours: asLatency(await overHttp('Latchwork', full.latchwork.subject, connections, flow(full))),
      limit: asLatency(await overHttp('an empty store', empty.latchwork.subject, connections, flow(empty))),
    }),
  }
}

function issueRequest({ origin, client, scope, api }: Latchwork): string {
  return formRequest(origin, '/token', { grant_type: 'client_credentials', scope, resource: api }, basic(client.id, client.secret))
}

function issuing({ latchwork }: Filled): Prepare {
  const request = issueRequest(latchwork)
  return async (connection) => async () => checkStatus(await connection.send(request), 200)
}

function introspecting({ latchwork: { origin, client }, tokens }: Filled): Prepare {
  const requests = tokens.map((token) => formRequest(origin, '/introspect', { token }, basic(client.id, client.secret)))
  let turn = 0
  return async (connection) => async () => {
    turn = (turn + 1) % requests.length
    const answer = await connection.send(requests[turn] as string)
    if (!bodyOf<{ active: boolean }>(answer).active) throw new Error('a live token was not active')
  }
}

/** Rows that went in a second, by what was there before, came in and is there after. */
async function watchCleanUp({ latchwork, folder }: Filled, seconds: number): Promise<Measured> {
  const request = issueRequest(latchwork)
  const before = countTokens(folder)
  const start = performance.now()
  const { operations, perSecond, ...latencies } = await atPace(latchwork.origin, ISSUED_A_SECOND, seconds, async (connection) =>
    checkStatus(await connection.send(request), 200),
  )
  const elapsed = (performance.now() - start) / 1000
  const after = countTokens(folder)
  if (perSecond < ISSUED_A_SECOND * 0.97) console.log(`    only ${Math.round(perSecond)} tokens a second could be issued`)
  return { value: (before + operations - after) / elapsed, ...latencies }
}

function numberOf(option: 'count' | 'rounds' | 'seconds' | 'connections' | 'clean-up-seconds'): number {
  const value = Number(values[option])
  const least = option === 'count' ? 0 : 1
  if (Number.isSafeInteger(value) && value >= least && value <= 100_000_000) return value
  console.error(`--${option} takes a whole number from ${least}, not "${values[option]}".`)
  process.exit(2)
}
