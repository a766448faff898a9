/** What is looked at, and what is told of each rule: the same members for every kind of rule, so that lists, reports and the reference page are made from one table. */

export const subjects = ['installation', 'server', 'token', 'code'] as const
/** An installation of Latchwork; somebody's authorization server, by its metadata; a token; source code. */
export type Subject = (typeof subjects)[number]

export const risks = ['low', 'medium', 'high'] as const
export type Risk = (typeof risks)[number]

export interface RuleText {
  /** Its subject, a slash, and kebab-case: `code/jwt-algorithm-none`. Stands in reports, baselines and SARIF. */
  readonly id: string
  /** What is wrong, as a sentence without its full stop. */
  readonly what: string
  /** What it leads to. */
  readonly why: string
  /** Where it is said: a section of an RFC, of the OWASP ASVS, or `Latchwork` with the requirement. */
  readonly source: string
  readonly risk: Risk
  /** What to do about it. */
  readonly mend: string
}

/** A rule over facts that are read in one go. Gives the places at which it does not hold. */
export interface FactRule<Facts> extends RuleText {
  readonly check: (facts: Facts) => readonly Sighting[] | Sighting | false | undefined
}

export interface Sighting {
  /** What it was seen at: an option, a client, a member. */
  readonly at: string
  /** What was seen there. Never a secret. */
  readonly saw?: string
}

export function isAtLeast(risk: Risk, least: Risk): boolean {
  return risks.indexOf(risk) >= risks.indexOf(least)
}
