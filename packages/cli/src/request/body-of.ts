/** What is sent: `--data` as it is, from a file or from standard input; or `--form` fields. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Header } from '@latchwork/client'
import type { Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import type { Terminal } from '../terminal.ts'

export interface Body {
  readonly bytes: Buffer<ArrayBuffer>
  readonly contentType: string
}

export async function bodyOf({ text, texts, terminal }: Invocation): Promise<Body | undefined> {
  const [data, fields] = [text('data'), texts('form')]
  if (data !== undefined && fields.length > 0) throw new WrongUsage('--data and --form are two bodies.', 'Give one of them.')
  if (fields.length > 0) return { bytes: Buffer.from(new URLSearchParams(fields.map(pairOf)).toString()), contentType: 'application/x-www-form-urlencoded' }
  if (data === undefined) return undefined
  const bytes = data.startsWith('@') ? await readBytes(data.slice(1), terminal) : Buffer.from(data)
  return { bytes, contentType: typeOf(bytes) }
}

function pairOf(field: string): [string, string] {
  const at = field.indexOf('=')
  if (at < 1) throw new WrongUsage('--form is no field.', 'Write --form name=value.')
  return [field.slice(0, at), field.slice(at + 1)]
}

function typeOf(bytes: Buffer): string {
  try {
    const text = bytes.toString('utf8')
    if (/^\s*[[{]/.test(text) && JSON.parse(text)) return 'application/json'
  } catch {
    // then it is text
  }
  return bytes.includes(0) ? 'application/octet-stream' : 'text/plain; charset=utf-8'
}

export async function readBytes(path: string, terminal: Terminal): Promise<Buffer<ArrayBuffer>> {
  if (path === '-') {
    const parts: Uint8Array[] = []
    for await (const part of terminal.openStdin?.() ?? [Buffer.from(await terminal.readStdin())]) parts.push(part)
    return Buffer.concat(parts)
  }
  try {
    return Buffer.from(readFileSync(resolve(terminal.cwd, path)))
  } catch (error) {
    throw new Failure(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, 'Name a file that is there and that you may read.')
  }
}

const CREDENTIAL_HEADER = /^(authorization|proxy-authorization|cookie|dpop|x-api-key|api-key|x-auth-token)$/i

/** `--header 'Name: value'`, or `--header @FILE` with such lines; those that carry credentials come from a file only. */
export async function headersOf({ texts, terminal }: Invocation): Promise<readonly Header[]> {
  const lines = await Promise.all(
    texts('header').map(async (given) => {
      if (!given.startsWith('@')) return [checkOpen(headerOf(given))]
      const text = (await readBytes(given.slice(1), terminal)).toString('utf8')
      return text
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map(headerOf)
    }),
  )
  return lines.flat()
}

function headerOf(line: string): Header {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*([^\r\n\0]*)$/.exec(line.trim()) ?? []
  if (name === undefined || value === undefined)
    throw new WrongUsage('A header is not well-formed.', "Write --header 'Accept: text/csv', or --header @FILE with one a line.")
  return [name, value]
}

function checkOpen(header: Header): Header {
  if (!CREDENTIAL_HEADER.test(header[0])) return header
  throw new WrongUsage(
    `--header ${header[0]} would put a credential into the arguments, which others on this machine can read.`,
    'Keep it in a profile (latchwork request login), or in a file: --header @FILE.',
  )
}
