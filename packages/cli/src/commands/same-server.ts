/** Commands that a command names as what to do next, whole: they can be pasted as they stand. */
import type { Invocation } from '../command.ts'

/** The flags that reach the same server with the same root key. A root key from standard input is gone: where it comes from next is the reader's to say. */
export function sameServer({ text }: Pick<Invocation, 'text'>): string {
  const flags = ['server', 'root-key-file'].flatMap((name) => {
    const value = text(name)
    return value === undefined || value === '-' ? [] : [` --${name} ${quoted(value)}`]
  })
  return flags.join('')
}

/** One word, to a shell: also what has a star or a blank in it. */
export function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
