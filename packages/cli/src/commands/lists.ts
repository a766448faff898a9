/** How lists from a server are shown: as a table of a few columns, or as they came. */
import type { Flag, Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer } from '../server-call.ts'
import { table } from '../terminal.ts'
import { timeOf } from './time-of.ts'

type Item = Readonly<Record<string, unknown>>
type Columns = Readonly<Record<string, (item: Item) => string>>

interface List {
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly columns: Columns
  /** What to say where there are none; of an answer that says more, it may be asked for. */
  readonly none: string | ((answer: Item) => Promise<string>)
}

/** What most lists can be of alone. */
export const filterFlags: readonly Flag[] = [
  { name: 'name', value: 'TEXT', help: 'Whose name holds this; ASCII letters in either case.' },
  { name: 'created-since', value: 'TIME', help: 'Made at this time or later: 2027-01-31T12:00:00Z, or 2h, 30d ago.' },
  { name: 'created-before', value: 'TIME', help: 'Made before this time.' },
]

export const stateFlag: Flag = { name: 'state', value: 'active|disabled', help: 'Of these alone.' }

export function stateOf(item: Item): string {
  return item['disabledAt'] === undefined ? 'active' : 'disabled'
}

export function filtersOf(invocation: Invocation): Readonly<Record<string, string | undefined>> {
  return { name: invocation.text('name'), createdSince: timeOf(invocation, 'created-since'), createdBefore: timeOf(invocation, 'created-before') }
}

export async function showList(invocation: Invocation, list: List): Promise<number> {
  if (invocation.isOn('all')) return showAll(invocation, list)
  const { terminal, wantsJson } = invocation
  const answer = await pageOf(invocation, list)
  if (wantsJson) {
    terminal.out(JSON.stringify(answer))
    return 0
  }
  const items = itemsOf(answer)
  terminal.out(items.length > 0 ? tableOf(list.columns, items) : await wordsFor(list, answer))
  if (typeof answer['next'] === 'string') terminal.err(`There is more: add --after ${withoutControls(answer['next'])}, or --all`)
  return 0
}

const USUAL_LIMIT = '50'

/** A page as long as it was asked for: where the server looked far and found little, it is asked to go on. */
async function pageOf(invocation: Invocation, list: List): Promise<Item> {
  const limit = invocation.text('limit')
  let answer = await ask(invocation, list, { limit, after: invocation.text('after') })
  const items = [...itemsOf(answer)]
  while (typeof answer['next'] === 'string' && items.length < Number(limit ?? USUAL_LIMIT)) {
    answer = await ask(invocation, list, { limit: String(Number(limit ?? USUAL_LIMIT) - items.length), after: answer['next'] })
    items.push(...itemsOf(answer))
  }
  return { ...answer, items }
}

async function showAll(invocation: Invocation, list: List): Promise<number> {
  const { terminal, wantsJson, text } = invocation
  let shownSoFar = 0
  for (let after = text('after'); ; ) {
    const answer = await ask(invocation, list, { limit: text('limit') ?? '100', after })
    const items = itemsOf(answer)
    if (wantsJson) for (const item of items) terminal.out(JSON.stringify(item))
    else if (items.length > 0) terminal.out(shownSoFar === 0 ? tableOf(list.columns, items) : withoutHead(tableOf(list.columns, items)))
    shownSoFar += items.length
    if (typeof answer['next'] !== 'string') {
      if (shownSoFar === 0 && !wantsJson) terminal.out(await wordsFor(list, answer))
      return 0
    }
    after = answer['next']
  }
}

async function ask(invocation: Invocation, { path, query }: List, page: Readonly<Record<string, string | undefined>>): Promise<Item> {
  return (await callServer(invocation, { method: 'GET', path, query: { ...query, ...page } })) as Item
}

/** @throws Failure where the answer is no list. */
export function itemsOf(answer: Item): readonly Item[] {
  if (!Array.isArray(answer['items'])) throw new Failure('The server gave an answer that is not understood.', 'Check the address given with --server.')
  return answer['items'] as readonly Item[]
}

async function wordsFor({ none }: List, answer: Item): Promise<string> {
  return typeof none === 'string' ? none : await none(answer)
}

export function tableOf(columns: Columns, items: readonly Item[]): string {
  return table(
    Object.keys(columns),
    items.map((item) => Object.values(columns).map((cell) => cell(item))),
  )
}

export function withoutHead(text: string): string {
  return text.slice(text.indexOf('\n') + 1)
}

/** One member as text; lists of words are joined, records stand as JSON, what is absent is a dash. */
export function shown(name: string): (item: Item) => string {
  return (item) => {
    const value = item[name]
    if (value === undefined || value === '') return '-'
    return withoutControls(textOf(value)) || '-'
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A name may hold whatever somebody put in, and a server may say what it likes; a terminal must not obey it. The two joiners stay: names in Persian and Hindi need them. */
function withoutControls(text: string): string {
  return text.replaceAll(/[\p{Cc}[\p{Cf}--[\u200c\u200d]]]/gv, '�')
}
