/** What a command is: a row that help, parsing and tests are made from. */
import type { Terminal } from './terminal.ts'

export interface Flag {
  readonly name: string
  /** What stands behind it, for help: `FILE`, `N`. Absent: the flag is on or off. */
  readonly value?: string
  readonly help: string
  /** May be given more than once. */
  readonly isRepeatable?: true
  readonly isRequired?: true
  /** `--no-name` turns it off. */
  readonly canBeNegated?: true
}

export interface Invocation {
  readonly terminal: Terminal
  readonly wantsJson: boolean
  /** What stands behind the command's words and is no flag. */
  readonly operands: readonly string[]
  readonly text: (flag: string) => string | undefined
  /** @throws WrongUsage if it is missing. */
  readonly required: (flag: string) => string
  readonly texts: (flag: string) => readonly string[]
  readonly isOn: (flag: string) => boolean
  /** Every flag as given, for `loadConfig`. */
  readonly given: Readonly<Record<string, string | boolean>>
}

export interface Command {
  /** The words that call it: `keys create`. */
  readonly name: string
  readonly summary: string
  /** Operands it takes, for help: `ID`. As many must be given. */
  readonly operands?: readonly string[]
  /** Further operands that may be given, any number of them, for help: `PATH`. */
  readonly moreOperands?: string
  /** Whether what follows is passed on unread. */
  readonly takesRest?: true
  readonly flags: readonly Flag[]
  readonly more?: string
  /** Lines that work, without the prompt. */
  readonly example: readonly string[]
  /** @throws Failure, WrongUsage, ConfigurationError, Refusal. */
  readonly run: (invocation: Invocation) => Promise<number>
}
