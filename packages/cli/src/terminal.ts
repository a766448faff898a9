/** What a command sees of the world around it, and how it speaks: 80 columns, colour only on a terminal that wants it (NO_COLOR). */
import { styleText } from 'node:util'
import { askLine } from './ask-line.ts'
import { askSecret } from './ask-secret.ts'
import { Failure } from './failure.ts'

type Style = Parameters<typeof styleText>[0]

export interface Terminal {
  /** Answers. */
  readonly out: (text: string) => void
  /** Everything that is not the answer: what went wrong, what to know. */
  readonly err: (text: string) => void
  readonly paint: (style: Style, text: string) => string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Whether the log, on standard error, goes to a terminal. */
  readonly isTerminal: boolean
  readonly readStdin: () => Promise<string>
  /** Standard input of any length. */
  readonly openStdin?: () => AsyncIterable<Buffer>
  /** One line that the next overwrites; an empty one takes it away. Absent unless standard error is a terminal. */
  readonly progress?: (text: string) => void
  /** Whether answers go to a terminal, and so before somebody's eyes. */
  readonly isOutTerminal?: boolean
  /** One line from the keyboard; nothing at the end of input. Absent unless somebody sits there. */
  readonly askLine?: (question: string) => Promise<string | undefined>
  /** One line from the keyboard that is not shown. Absent unless somebody sits there. */
  readonly askSecret?: (question: string) => Promise<string>
}

const COLUMNS = 80
const MAX_STDIN_BYTES = 64 * 1024

export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY === true,
    readStdin,
    openStdin: () => process.stdin,
    isOutTerminal: process.stdout.isTTY === true,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { askLine, askSecret } : {}),
    ...(process.stderr.isTTY === true ? { progress: (text) => void process.stderr.write(`\r\x1b[K${text.slice(0, COLUMNS - 1)}`) } : {}),
  }
}

async function readStdin(): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_STDIN_BYTES) throw new Failure('Standard input is longer than 64 KiB.', 'Give what is asked for alone, or in parts.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Breaks a text at its spaces so that it fits the terminal, each further line indented alike. A word longer than a line stays whole. */
export function wrap(text: string, indent = 0): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

/** Rows as columns, each as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
