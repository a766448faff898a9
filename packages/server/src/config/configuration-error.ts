/** What is wrong with a configuration: all of it at once, each fault with the option's name as the operator wrote it, and the mend. */
import { redactCredentials } from '@latchwork/kernel'

export interface Problem {
  /** The option as written: a flag, an environment variable, or a path in the file. */
  readonly option: string
  /** What is wrong; never holds a secret. */
  readonly fault: string
  /** What to do about it, one sentence. */
  readonly mend: string
}

/** Thrown by `loadConfig`. `message` is written for a terminal. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(redactCredentials(describe(problems)))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

function describe(problems: readonly Problem[]): string {
  const heading = problems.length === 1 ? 'The configuration cannot be used:' : `The configuration cannot be used, for ${problems.length} reasons:`
  return [heading, ...problems.map(({ option, fault, mend }) => `  ${option}: ${fault}\n    ${mend}`)].join('\n')
}
