/** How a command ends when it does not succeed. Exit codes: 0 done, 1 refused or failed, 2 called wrongly. */

/** What was asked could not be done. */
export class Failure extends Error {
  /** A command whose 1 means something else says 2. */
  readonly exitCode: number = 1
  readonly mend: string | undefined
  /** More for `--json`: a refusal's code, status and reference. */
  readonly facts: Readonly<Record<string, unknown>>

  constructor(message: string, mend?: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'Failure'
    this.mend = mend
    this.facts = facts
  }
}

/** The command was called wrongly: nothing was tried. */
export class WrongUsage extends Error {
  readonly mend: string | undefined

  constructor(message: string, mend?: string) {
    super(message)
    this.name = 'WrongUsage'
    this.mend = mend
  }
}
