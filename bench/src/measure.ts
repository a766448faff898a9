/**
 * Rounds, interleaved: in every round each contestant is measured once, in turn, and a ratio is taken within the round, so that whatever else the machine does
 * weighs on both sides. What is reported is the median of the rounds, with the least and the greatest beside it.
 */
import type { Bench, Contest, Contestant, Contestants, Measured, Target } from './contest.ts'

export interface Row {
  readonly name: string
  readonly unit: string
  readonly ours: number
  /** Who else was measured: the peer's name and version, `null` without one. */
  readonly peer: string | null
  readonly peerValue: number | null
  readonly limitValue: number | null
  /** Ours to what the target speaks of: the peer, or the machine's limit. */
  readonly ratio: number | null
  readonly target: string | null
  readonly met: boolean | null
  /** Least and greatest of the rounds: of the ratio, or of our value where there is no ratio. */
  readonly spread: readonly [number, number]
  readonly limit: string | null
  readonly detail: Readonly<Record<string, Omit<Measured, 'value'>>>
}

export interface Schedule {
  readonly rounds: number
  readonly seconds: number
}

type Role = keyof Contestants
type Rounds = Readonly<Partial<Record<Role, readonly Measured[]>>>

export async function runContest(contest: Contest, bench: Bench, schedule: Schedule): Promise<readonly Row[]> {
  const contestants = await contest.open(bench)
  const roles = (['ours', 'peer', 'limit'] as const).filter((role) => contestants[role] !== undefined)
  try {
    for (const role of roles) await contestants[role]?.measure(schedule.seconds) // warm
    const rounds = await playRounds(contestants, roles, schedule)
    const targets: readonly (Target | undefined)[] = contest.targets.length === 0 ? [undefined] : contest.targets
    return targets.map((target) => rowOf(contest, contestants, rounds, target))
  } finally {
    for (const role of roles) await contestants[role]?.close()
  }
}

async function playRounds(contestants: Contestants, roles: readonly Role[], { rounds, seconds }: Schedule): Promise<Rounds> {
  const played: Record<Role, Measured[]> = { ours: [], peer: [], limit: [] }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? roles : roles.toReversed()
    for (const role of order) played[role].push(await (contestants[role] as Contestant).measure(seconds))
  }
  return played
}

function rowOf(contest: Contest, contestants: Contestants, rounds: Rounds, target: Target | undefined): Row {
  const values = (role: Role) => (rounds[role] ?? []).map((measured) => measured.value)
  const against = target === undefined ? (contestants.peer === undefined ? 'limit' : 'peer') : target.against
  const ratios =
    against === 'value'
      ? []
      : values('ours').flatMap((ours, round) => (values(against)[round] === undefined ? [] : [ours / (values(against)[round] as number)]))
  const ours = median(values('ours'))
  const ratio = ratios.length === 0 ? null : median(ratios)
  return {
    name: contest.targets.length > 1 && against === 'peer' ? `${contest.name}-beside-peer` : contest.name,
    unit: contest.unit,
    ours,
    peer: contestants.peer?.name ?? null,
    peerValue: contestants.peer === undefined ? null : median(values('peer')),
    limitValue: contestants.limit === undefined ? null : median(values('limit')),
    ratio,
    target: target === undefined ? null : targetText(target, contest.unit),
    met: target === undefined ? null : isMet(target, ours, ratio),
    spread: spreadOf(ratio === null ? values('ours') : ratios),
    limit: contestants.limit?.name ?? null,
    detail: Object.fromEntries((Object.keys(rounds) as Role[]).filter((role) => values(role).length > 0).map((role) => [role, detailOf(rounds[role] ?? [])])),
  }
}

function targetText(target: Target, unit: string): string {
  if (target.against !== 'value') return 'atLeast' in target ? `≥ ${target.atLeast} × ${target.against}` : `≤ ${target.atMost} × ${target.against}`
  return 'atLeast' in target ? `≥ ${target.atLeast} ${unit}` : `≤ ${target.atMost} ${unit}`
}

function isMet(target: Target, ours: number, ratio: number | null): boolean {
  if (target.against !== 'value') return ratio !== null && ('atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost)
  return 'atLeast' in target ? ours >= target.atLeast : ours <= target.atMost
}

function detailOf(rounds: readonly Measured[]): Omit<Measured, 'value'> {
  const of = (field: keyof Omit<Measured, 'value'>) => {
    const seen = rounds.map((measured) => measured[field]).filter((value) => value !== undefined)
    return seen.length === 0 ? {} : { [field]: median(seen) }
  }
  return { ...of('p50Milliseconds'), ...of('p99Milliseconds'), ...of('cpuMicroseconds') }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

function spreadOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)]
}
