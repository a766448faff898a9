/** Asks for a line at the keyboard, on standard error, so that the answer of the command can go elsewhere. */
import { createInterface } from 'node:readline/promises'

/** `undefined` at the end of input (Ctrl-D). Ctrl-C ends the command, as it does everywhere. */
export async function askLine(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  lines.on('SIGINT', () => process.exit(130))
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)))
  try {
    return await Promise.race([lines.question(question), closed])
  } finally {
    lines.close()
  }
}
