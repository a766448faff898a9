/** How lists from a server are shown: as a table of a few columns, or as they came. */
import type { Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer } from '../server-call.ts'
import { table } from '../terminal.ts'

type Item = Readonly<Record<string, unknown>>

interface List {
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly columns: Readonly<Record<string, (item: Item) => string>>
  /** What to say where there are none; of an answer that says more, it may be asked for. */
  readonly none: string | ((answer: Item) => Promise<string>)
}

export async function showList(invocation: Invocation, { path, query, columns, none }: List): Promise<number> {
  const { terminal, wantsJson, text } = invocation
  const answer = (await callServer(invocation, { method: 'GET', path, query: { ...query, limit: text('limit'), after: text('after') } })) as Item
  if (!Array.isArray(answer['items'])) throw new Failure('The server gave an answer that is not understood.', 'Check the address given with --server.')
  if (wantsJson) {
    terminal.out(JSON.stringify(answer))
    return 0
  }
  const items = answer['items'] as readonly Item[]
  if (items.length === 0) terminal.out(typeof none === 'string' ? none : await none(answer))
  else
    terminal.out(
      table(
        Object.keys(columns),
        items.map((item) => Object.values(columns).map((cell) => cell(item))),
      ),
    )
  if (typeof answer['next'] === 'string') terminal.err(`There is more: add --after ${withoutControls(answer['next'])}`)
  return 0
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
