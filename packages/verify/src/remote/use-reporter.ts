/**
 * Tells the issuer once a second how keys were used here (K11; design, decision 21): counted per key, minute and outcome, in memory. A report that gets no answer is sent again
 * under the same number, so that it counts once; while the issuer is away so many wait, and then the oldest are let go.
 */
import { randomBytes } from 'node:crypto'
import { type Clock, isAddress } from '@latchwork/kernel'
import type { IssuerConnection } from './issuer-connection.ts'

export interface UseReporter {
  /** Never throws and never waits. @param outcome `valid`, or why the key was refused; see the guide on use of keys. */
  readonly note: (keyId: string, outcome: string, address?: string, userAgent?: string) => void
  /** Sends what waits; one attempt. Never rejects. */
  readonly send: () => Promise<void>
  /** Stops. What was not sent is let go: at most the last second, where the issuer is there. */
  readonly close: () => void
}

interface Entry {
  readonly keyId: string
  readonly counts: Record<string, number>
  readonly addresses: Set<string>
  lastUsedAt: number
  lastAddress: string | undefined
  lastUserAgent: string | undefined
}

interface Report {
  readonly reporter: string
  readonly sequence: number
  readonly uses: readonly object[]
}

const INTERVAL_MS = 1000
const MINUTE_MS = 60_000
/** The issuer takes bodies of 64 KiB, 200 keys and 20 addresses of each. */
const MAX_REPORT_BYTES = 48 * 1024
const MAX_USES = 200
const MAX_ADDRESSES = 20
const MAX_KEYS = 20_000
const MAX_WAITING = 100
const MAX_USER_AGENT = 256

export function createUseReporter(connection: Pick<IssuerConnection, 'ask'>, clock: Clock, log: (line: string) => void): UseReporter {
  const reporter = randomBytes(9).toString('base64url')
  const waiting: Report[] = []
  let entries = new Map<string, Entry>()
  let minute = 0
  let sequence = 0
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let isClosed = false
  let isComplaining = false

  function schedule(): void {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      void send()
    }, INTERVAL_MS)
    timer.unref()
  }

  /** What was counted in this minute so far becomes reports. */
  function seal(): void {
    for (const uses of portionsOf([...entries.values()].map((entry) => useOf(entry, minute)))) {
      if (waiting.length === MAX_WAITING) waiting.shift()
      waiting.push({ reporter, sequence: ++sequence, uses })
    }
    entries = new Map()
  }

  async function sendWaiting(): Promise<void> {
    for (let report = waiting[0]; report !== undefined && !isClosed; report = waiting[0]) {
      const status = await statusOf(report)
      if (status === undefined || status >= 500 || status === 429) return complain(status)
      if (status !== 200)
        complain(status) // it would be refused again
      else isComplaining = false
      if (waiting[0] === report) waiting.shift()
    }
  }

  async function statusOf(report: Report): Promise<number | undefined> {
    try {
      return (await connection.ask('POST', '/v1/keys/use', { authorized: true, body: report })).status
    } catch {
      return undefined
    }
  }

  function complain(status: number | undefined): void {
    if (!isComplaining) log(`the use of keys is not reported: the issuer ${status === undefined ? 'cannot be reached' : `answered ${status}`}`)
    isComplaining = true
  }

  function send(): Promise<void> {
    seal()
    sending ??= sendWaiting().finally(() => {
      sending = undefined
      if (waiting.length > 0 || entries.size > 0) schedule()
    })
    return sending
  }

  return {
    note: (keyId, outcome, address, userAgent) => {
      if (isClosed) return
      const at = clock.now()
      if (at - minute >= MINUTE_MS || at < minute) {
        seal()
        minute = at - (at % MINUTE_MS)
      }
      const entry = entries.get(keyId) ?? newEntry(keyId)
      if (entries.size >= MAX_KEYS && !entries.has(keyId)) return
      entries.set(keyId, entry)
      entry.counts[outcome] = (entry.counts[outcome] ?? 0) + 1
      if (outcome === 'valid') {
        entry.lastUsedAt = at
        entry.lastAddress = address
        entry.lastUserAgent = userAgent
        if (address !== undefined && entry.addresses.size < MAX_ADDRESSES) entry.addresses.add(address)
      }
      if (timer === undefined) schedule()
    },
    send,
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

function newEntry(keyId: string): Entry {
  return { keyId, counts: {}, addresses: new Set(), lastUsedAt: 0, lastAddress: undefined, lastUserAgent: undefined }
}

function useOf({ keyId, counts, addresses, lastUsedAt, lastAddress, lastUserAgent }: Entry, minute: number): object {
  return {
    keyId,
    minute: new Date(minute).toISOString(),
    counts,
    ...(lastUsedAt === 0 ? {} : { lastUsedAt: new Date(lastUsedAt).toISOString(), addresses: [...addresses] }),
    ...(lastAddress === undefined || !isAddress(lastAddress) ? {} : { lastAddress }), // the issuer refuses a report with any other
    ...(lastUserAgent === undefined ? {} : { lastUserAgent: lastUserAgent.slice(0, MAX_USER_AGENT) }),
  }
}

function portionsOf(uses: readonly object[]): readonly (readonly object[])[] {
  const portions: object[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const use of uses) {
    const size = Buffer.byteLength(JSON.stringify(use)) + 1
    if (bytes + size > MAX_REPORT_BYTES || (portions.at(-1)?.length ?? MAX_USES) >= MAX_USES) {
      portions.push([])
      bytes = 0
    }
    portions.at(-1)?.push(use)
    bytes += size
  }
  return portions
}
