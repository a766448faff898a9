/** `latchwork events list --follow`: the last events, then each as it is written. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer } from '../server-call.ts'
import { itemsOf, tableOf, withoutHead } from './lists.ts'

type Item = Readonly<Record<string, unknown>>

interface Followed {
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly columns: Parameters<typeof tableOf>[0]
}

const PAUSE_MS = 1000
const PAGE = 100
/** Events shown last that are not shown again. */
const REMEMBERED = 1000

/** Goes on until the process is ended, or the server refuses. What a server that is away has not told is told when it is back. */
export async function followEvents(invocation: Invocation, { path, query, columns }: Followed): Promise<never> {
  const { terminal, wantsJson, text } = invocation
  const ask = async (more: Item) => (await callServer(invocation, { method: 'GET', path, query: { ...query, ...(more as Record<string, string>) } })) as Item
  let isFirst = true
  let seen: readonly unknown[] = []
  const show = (events: readonly Item[]): void => {
    const items = events.filter(({ id }) => !seen.includes(id))
    if (items.length === 0) return
    seen = [...seen, ...items.map(({ id }) => id)].slice(-REMEMBERED)
    const lines = tableOf(columns, items)
    terminal.out(wantsJson ? items.map((item) => JSON.stringify(item)).join('\n') : isFirst ? lines : withoutHead(lines))
    isFirst = false
  }
  // The place to go on from first: what is written meanwhile is among the earlier ones, and not shown again.
  let place = String((await ask({ order: 'written', after: 'now', limit: '1' }))['next'])
  if (query['since'] === undefined) show(itemsOf(await ask({ limit: text('limit') ?? '10' })).toReversed())
  else await showEarlier(ask, show)
  for (let isAway = false; ; ) {
    try {
      const answer = await ask({ order: 'written', after: place, limit: String(PAGE) })
      if (isAway) terminal.err('The server is back.')
      isAway = false
      const items = itemsOf(answer)
      show(items)
      const isBehind = items.length === PAGE
      place = String(answer['next'])
      if (!isBehind) await pause(PAUSE_MS)
    } catch (error) {
      if (!(error instanceof Failure) || !passes(error)) throw error
      if (!isAway) terminal.err(`${error.message} It is asked again until it is back.`)
      isAway = true
      await pause(PAUSE_MS)
    }
  }
}

async function showEarlier(ask: (more: Item) => Promise<Item>, show: (items: readonly Item[]) => void): Promise<void> {
  for (let answer = await ask({ order: 'oldest', limit: String(PAGE) }); ; ) {
    show(itemsOf(answer))
    if (typeof answer['next'] !== 'string') return
    answer = await ask({ order: 'oldest', limit: String(PAGE), after: answer['next'] })
  }
}

/** Whether it is worth asking again: nobody answered, or the server cannot just now. */
function passes({ facts }: Failure): boolean {
  const status = facts['status']
  return status === undefined || status === 429 || (typeof status === 'number' && status >= 500)
}
