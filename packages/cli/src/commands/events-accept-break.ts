/** `latchwork events accept-break`: somebody has looked, and accepts that some of the event log is not as it was sealed. */
import type { Command, Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { callServer, serverFlags } from '../server-call.ts'

export const acceptBreak: Command = {
  name: 'events accept-break',
  summary: 'Accept that a part of the event log is not as it was sealed, so that it is checked and removed on from there.',
  flags: [
    { name: 'batch', value: 'N', help: 'The batch, as `latchwork events verify` names it.' },
    { name: 'reason', value: 'REASON', help: 'What does not hold there, as it says too: events_changed, seal_changed, seal_missing, key_unknown, …' },
    { name: 'through', value: 'N', help: 'Accept every batch up to this one that is broken for the same reason.' },
    { name: 'why', value: 'TEXT', help: 'What happened: it stands in the log, and is shown by each later check.' },
    ...serverFlags,
  ],
  example: [
    'latchwork events accept-break --batch 17 --reason events_changed \\',
    '    --why "disk repaired 2027-01-31, ticket 4711" --root-key-file root.key',
    'latchwork events accept-break --batch 1 --through 3902 --reason key_unknown \\',
    '    --why "restored without the former secret key" --root-key-file root.key',
  ],
  more: 'Look first: this cannot be taken back. Nothing is changed or hidden by it; what is changed there afterwards is a break again. The root key needs the scope events:write.',
  run: acceptAll,
}

interface Accepted {
  readonly breaks: number
  readonly batch?: number
  readonly lastBatch?: number
  readonly next?: number
}

/** Piece by piece, each an act and an event of its own. */
async function acceptAll(invocation: Invocation): Promise<number> {
  const [batch, reason, why] = ['batch', 'reason', 'why'].map((name) => needed(invocation, name))
  const through = invocation.text('through')
  const rest = { reason, why, ...(through === undefined ? {} : { through: wholeNumber('through', through) }) }
  let breaks = 0
  for (let next: number | undefined = wholeNumber('batch', batch ?? ''); next !== undefined; ) {
    const answer: Accepted = await acceptFrom(invocation, { batch: next, ...rest }, breaks > 0)
    breaks += answer.breaks
    next = answer.next
  }
  invocation.terminal.out(
    invocation.wantsJson
      ? JSON.stringify({ breaks })
      : `Accepted: ${breaks === 1 ? '1 break' : `${breaks} breaks`}. The check goes on behind, and names what was accepted.`,
  )
  return 0
}

/** Behind what was accepted there may be no more of it, which is no failure. */
async function acceptFrom(invocation: Invocation, body: Readonly<Record<string, unknown>>, isLater: boolean): Promise<Accepted> {
  try {
    return (await callServer(invocation, { method: 'POST', path: '/v1/events/chain/accepted-breaks', body })) as Accepted
  } catch (error) {
    if (isLater && error instanceof Failure && error.facts['status'] === 404) return { breaks: 0 }
    throw error
  }
}

function needed(invocation: Invocation, name: string): string {
  const text = invocation.text(name)
  if (text === undefined) throw new WrongUsage(`--${name} is missing.`, 'See what is broken with `latchwork events verify`.')
  return text
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new WrongUsage(`--${name} is the number of a batch.`, 'As `latchwork events verify` names it.')
  return Number(text)
}
