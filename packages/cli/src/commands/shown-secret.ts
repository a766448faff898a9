/** How a secret that was just made reaches its owner: into a file of theirs, or onto the screen, once. */
import type { Flag, Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { printable } from '../printable.ts'

export const outFlag: Flag = { name: 'out', value: 'FILE', help: 'Write the secret there, for its owner alone (mode 600), and do not show it.' }

/** @param facts what is told of it, in people's words; it goes to standard error when the secret alone is on standard output. */
export function showSecret(
  { terminal, wantsJson }: Invocation,
  secret: string | undefined,
  facts: readonly string[],
  answer: Readonly<Record<string, unknown>>,
): void {
  if (wantsJson) {
    terminal.out(JSON.stringify({ ...answer, ...(secret === undefined ? {} : { secret }) }))
    return
  }
  for (const fact of facts) terminal.err(fact)
  if (secret !== undefined) terminal.out(secret)
}

/** The text at a path of a server's answer. @throws Failure when the answer is not what a Latchwork server says: ids, times and secrets hold nothing that steers a terminal. */
export function textAt(answer: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>(
    (node, name) => (typeof node === 'object' && node !== null ? (node as Readonly<Record<string, unknown>>)[name] : undefined),
    answer,
  )
  if (typeof found === 'string' && printable(found) === found) return found
  throw new Failure(
    'The server gave an answer that is not understood.',
    'Check the address given with --server, and that server and command are of one version.',
  )
}
