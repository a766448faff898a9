/** What GitHub's secret scanning sends once it is proven, and the feedback it is given. */
import { hash } from 'node:crypto'
import { type LeakDoor, type LeakTarget, type NewLeakReport, parseLeakReport } from '@latchwork/api-keys'
import { refuse } from '@latchwork/kernel'
import type { LeakDesk } from './desk.ts'

/** One line of feedback, by digest: the token itself travels no further. */
export interface GithubFeedback {
  /** SHA-256 of the token, hexadecimal. */
  readonly token_hash: string
  readonly token_type: string
  readonly label: 'true_positive' | 'false_positive'
}

interface GithubMatch {
  readonly token: string
  readonly type: string
  readonly url?: string
  readonly source?: string
}

const MAX_MATCHES = 20_000
const MAX_TYPE = 200
const AT_ONCE = 16

/** The matches. One that is no match is passed over, so that it does not cost us the others. @throws Refusal `request_malformed`, `body_too_large`. */
export function parseGithubMatches(content: unknown): readonly GithubMatch[] {
  if (!Array.isArray(content)) return refuse('request_malformed', { detail: 'The body is a JSON array of matches.' })
  if (content.length > MAX_MATCHES) return refuse('body_too_large', { detail: `Send at most ${MAX_MATCHES} matches.` })
  return content.flatMap((entry: unknown) => {
    const { token, type, url, source } = (entry ?? {}) as Readonly<Record<string, unknown>>
    if (typeof token !== 'string') return []
    return [{ token, type: typeof type === 'string' ? type.slice(0, MAX_TYPE) : '', ...textOf('url', url), ...textOf('source', source) }]
  })
}

function textOf<K extends string>(name: K, value: unknown): { readonly [P in K]?: string } {
  return (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { readonly [P in K]?: string }
}

interface Judged {
  readonly feedback: GithubFeedback
  /** Present if it is ours. */
  readonly report?: NewLeakReport
}

/** Looks each token up once, takes what is ours in as one act, and says of each whether it is ours. */
export async function takeGithubMatches(desk: LeakDesk, matches: readonly GithubMatch[], door: LeakDoor, now: number): Promise<readonly GithubFeedback[]> {
  const distinct = [...new Map(matches.map((match) => [match.token, match])).values()]
  const judged: Judged[] = []
  for (let at = 0; at < distinct.length; at += AT_ONCE)
    judged.push(...(await Promise.all(distinct.slice(at, at + AT_ONCE).map((match) => judge(desk, match, door, now)))))
  const reports = judged.flatMap(({ report }) => report ?? [])
  if (reports.length > 0) await desk.accept(reports)
  return judged.map(({ feedback }) => feedback)
}

async function judge(desk: LeakDesk, match: GithubMatch, door: LeakDoor, now: number): Promise<Judged> {
  const { token, type, ...found } = match
  const report = parseLeakReport({ credential: token, ...found }, door, now)
  const target: LeakTarget | undefined = report && (await desk.find(report.kind, report.digest, now))
  const label = target === undefined ? 'false_positive' : 'true_positive'
  const feedback = { token_hash: hash('sha256', token, 'hex'), token_type: type, label } as const
  return target === undefined || report === undefined ? { feedback } : { feedback, report }
}
