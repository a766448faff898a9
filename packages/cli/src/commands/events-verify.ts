/** `latchwork events verify`: whether the event log is as it was sealed. */
import type { Command, Invocation } from '../command.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { shown } from './lists.ts'

interface Page {
  readonly state: 'whole' | 'accepted' | 'broken'
  readonly checked: { readonly batches: number; readonly events: number }
  readonly needsFormerKey: boolean
  readonly accepted?: readonly Readonly<Record<string, unknown>>[]
  readonly broken?: Readonly<Record<string, unknown>>
  readonly next?: number
  readonly head?: { readonly value: string; readonly batch: number; readonly sealedAt?: string }
  readonly headIs?: 'in_chain' | 'removed' | 'missing'
  readonly unsealed: { readonly events: number; readonly since?: string }
  readonly removed: { readonly events: number; readonly lastBatch: number }
}

export const verifyEvents: Command = {
  name: 'events verify',
  summary: 'Check that no event was changed, removed or added since it was sealed.',
  flags: [
    { name: 'head', value: 'HEAD', help: 'A head that was kept earlier: whether it is still in the chain, so that a tail that was cut off shows.' },
    ...serverFlags,
  ],
  example: ['latchwork events verify --root-key-file root.key', 'latchwork events verify --head "$(cat head.txt)" --root-key-file root.key'],
  more: 'The exit code is 1 if the log is broken; what was accepted is shown each time and is not counted as broken. Keep the head that is shown where nobody who can reach the database can.',
  async run(invocation) {
    const whole = await everyPage(invocation)
    invocation.terminal.out(invocation.wantsJson ? JSON.stringify(whole) : textOf(whole))
    return whole.state === 'broken' ? 1 : 0
  },
}

/** Up to the first that is broken. The head is asked for once; what is told of the end is what the last page says. */
async function everyPage(invocation: Invocation): Promise<Omit<Page, 'next'>> {
  const ask = async (query: Readonly<Record<string, string | undefined>>): Promise<Page> =>
    (await callServer(invocation, { method: 'GET', path: '/v1/events/chain', query })) as Page
  const first = await ask({ head: invocation.text('head') })
  let page = first
  let { batches, events } = first.checked
  let { needsFormerKey } = first
  const accepted = [...(first.accepted ?? [])]
  while (page.state !== 'broken' && page.next !== undefined) {
    page = await ask({ after: String(page.next) })
    batches += page.checked.batches
    events += page.checked.events
    needsFormerKey ||= page.needsFormerKey
    accepted.push(...(page.accepted ?? []))
  }
  const { next: _next, ...last } = page
  const state = page.state !== 'broken' && accepted.length > 0 ? 'accepted' : page.state
  return {
    ...last,
    state,
    ...(accepted.length === 0 ? {} : { accepted }),
    checked: { batches, events },
    needsFormerKey,
    ...(first.headIs === undefined ? {} : { headIs: first.headIs }),
  }
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : one.endsWith('ch') ? 'es' : 's'}`

function textOf({ state, checked, needsFormerKey, accepted = [], broken, head, headIs, unsealed, removed }: Omit<Page, 'next'>): string {
  const { batches, events } = checked
  const found = `${plural(events, 'event')} in ${plural(batches, 'batch')}`
  return [
    headlines[state](found, batches),
    ...accepted.map(acceptedLine),
    ...(broken === undefined ? [] : brokenLines(broken)),
    ...(headIs === 'in_chain' ? ['The head that you kept is in the chain.'] : []),
    ...(headIs === 'removed'
      ? ['The head that you kept is of events that were removed because their time was over: it can say nothing of what came later.']
      : []),
    ...(needsFormerKey ? ['Some of it is still sealed under a former secret key: leave it in formerSecretKeys until this line is gone.'] : []),
    ...(removed.events === 0 ? [] : [`Removed because their time was over: ${plural(removed.events, 'event')}, up to batch ${removed.lastBatch}.`]),
    unsealed.events === 0
      ? 'Nothing waits to be sealed.'
      : `Not sealed yet: ${plural(unsealed.events, 'event')}${unsealed.events >= 10_000 ? ' or more' : ''}, since ${shown('since')(unsealed)}.`,
    ...(head === undefined ? [] : [`Head, sealed ${shown('sealedAt')(head)}: ${shown('value')(head)}`]),
  ].join('\n')
}

const headlines: { readonly [state in Page['state']]: (found: string, batches: number) => string } = {
  whole: (found) => `The event log is whole: ${found}, each as it was sealed.`,
  accepted: (found) => `THE EVENT LOG IS NOT AS IT WAS SEALED, which was accepted; all else holds: ${found} were checked.`,
  broken: (found, batches) => `THE EVENT LOG IS BROKEN${batches === 0 ? '' : `, after ${found} that hold or were accepted`}.`,
}

function acceptedLine(accepted: Readonly<Record<string, unknown>>): string {
  const told = (name: string): string => shown(name)(accepted)
  const range = accepted['through'] === accepted['batch'] ? `Batch ${told('batch')}` : `Batches ${told('batch')} to ${told('through')}`
  return `${range} (${told('reason')}): accepted ${told('acceptedAt')} by ${told('acceptedBy')}: ${told('why')}`
}

function brokenLines(broken: Readonly<Record<string, unknown>>): readonly string[] {
  const told = (name: string): string => shown(name)(broken)
  const times = broken['sealedAt'] === undefined ? '' : `, sealed ${told('sealedAt')}, events of ${told('oldestAt')} to ${told('newestAt')}`
  const counts = broken['found'] === undefined ? '' : `; ${told('events')} were sealed, ${told('found')} found`
  return [`Batch ${told('batch')}${times}${counts} (${told('reason')}).`, told('meaning')]
}
