/**
 * Decides which refusals are written singly and which are only counted (design, decision 20): the first ten per network, reason and minute singly, the rest as a
 * number. How many groups a minute may have is bounded too, or a stranger with many networks would fill the disk ten lines at a time: what comes after is counted
 * by reason alone.
 */
import type { NewEvent } from '@latchwork/kernel'

export const SINGLE_PER_GROUP = 10
export const MAX_GROUPS = 1000
const MINUTE_MS = 60_000

interface Group {
  readonly network: string
  readonly reason: string
  singly: number
  counted: number
}

export interface RefusalTally {
  /** Whether this one is to be written singly. */
  readonly isSingle: (network: string, reason: string, now: number) => boolean
  /** The counts of minutes that are over at `now`, as events; each once. */
  readonly settle: (now: number) => readonly NewEvent[]
  /** The counts so far, whether or not the minute is over. */
  readonly settleAll: () => readonly NewEvent[]
  /** Whether a count waits for its minute to end. */
  readonly isOpen: () => boolean
}

export function createRefusalTally(): RefusalTally {
  let minute = 0
  let groups = new Map<string, Group>()
  let overflow = new Map<string, Group>()
  let settled: NewEvent[] = []

  function turnTo(now: number): void {
    const current = Math.floor(now / MINUTE_MS)
    if (current === minute) return
    settled.push(...closeMinute())
    minute = current
  }

  function closeMinute(): readonly NewEvent[] {
    const counted = [...groups.values(), ...overflow.values()].filter((group) => group.counted > 0)
    groups = new Map()
    overflow = new Map()
    return counted.map((group) => countEvent(group, minute))
  }

  function takeSettled(): readonly NewEvent[] {
    const taken = settled
    settled = []
    return taken
  }

  function groupOf(network: string, reason: string): Group {
    const found = groups.get(`${network} ${reason}`) ?? (groups.size >= MAX_GROUPS ? overflow.get(reason) : undefined)
    if (found !== undefined) return found
    const hasRoom = groups.size < MAX_GROUPS
    const group: Group = { network: hasRoom ? network : 'others', reason, singly: hasRoom ? 0 : SINGLE_PER_GROUP, counted: 0 }
    if (hasRoom) groups.set(`${network} ${reason}`, group)
    else overflow.set(reason, group)
    return group
  }

  return {
    isSingle: (network, reason, now) => {
      turnTo(now)
      const group = groupOf(network, reason)
      if (group.singly < SINGLE_PER_GROUP) {
        group.singly++
        return true
      }
      group.counted++
      return false
    },
    settle: (now) => {
      turnTo(now)
      return takeSettled()
    },
    settleAll: () => {
      settled.push(...closeMinute())
      return takeSettled()
    },
    isOpen: () => settled.length > 0 || [...groups.values(), ...overflow.values()].some((group) => group.counted > 0),
  }
}

function countEvent(group: Group, minute: number): NewEvent {
  return {
    type: 'request.refused',
    at: minute * MINUTE_MS,
    actor: { kind: 'anonymous' },
    reason: group.reason,
    data: { network: group.network, count: group.counted, periodMs: MINUTE_MS },
  }
}
