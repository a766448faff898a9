/** The voice of the tour: prints each request, its answer and one sentence of why, in 80 columns, with every secret cut to its fingerprint. */
import { styleText } from 'node:util'
import { fingerprintOf, redactCredentials } from '@latchwork/kernel'
import type { Answer, Request } from './exchange.ts'

const COLUMNS = 80
const LONGEST_BODY_LINES = 4
const JWT = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g
const BASIC = /\b(Basic )([A-Za-z0-9+/=]{8,})/g
const SHOWN_HEADERS = ['authorization', 'cookie', 'origin'] as const
const TOLD_HEADERS = ['location', 'www-authenticate', 'set-cookie'] as const
/** Fields of forms and JSON bodies, and parameters, whose values are secrets without a form of their own. */
const SECRET_FIELDS = /(["']?\b(?:password|code_verifier|form_token|secret)\b["']?\s*[=:]\s*["']?)([^"'&\s,}]+)/g

export interface Narrator {
  readonly title: (text: string) => void
  readonly chapter: (text: string) => void
  readonly step: (why: string) => void
  readonly request: (request: Request) => void
  readonly answer: (answer: Answer) => void
  readonly remark: (text: string) => void
  readonly passed: (text: string) => void
  readonly failed: (text: string) => void
}

type Style = Parameters<typeof styleText>[0]

/** @param write Takes whole lines; colours are left out unless standard output is a terminal that wants them (NO_COLOR). */
export function narrator(write: (line: string) => void): Narrator {
  const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })
  const lines = (text: string, indent: string, style?: Style, most = Number.POSITIVE_INFINITY) => {
    const folded = fold(withoutSecrets(text), COLUMNS - indent.length)
    const shown = folded.length > most ? [...folded.slice(0, most - 1), `${folded[most - 1]?.slice(0, COLUMNS - indent.length - 2)} …`] : folded
    for (const line of shown) write(indent + (style === undefined ? line : paint(style, line)))
  }
  let steps = 0
  return {
    title: (text) => lines(text, '', 'bold'),
    chapter: (text) => {
      write('')
      lines(text, '', ['bold', 'cyan'])
    },
    step: (why) => {
      steps += 1
      write('')
      const [first = '', ...rest] = fold(why, COLUMNS - 4)
      write(`${paint('bold', String(steps).padStart(2))}  ${first}`)
      for (const line of rest) write(`    ${line}`)
    },
    request: ({ method, url, headers, body }) => {
      lines(`→ ${method} ${readable(url)}`, '    ', 'cyan')
      for (const name of SHOWN_HEADERS) if (headers?.[name] !== undefined) lines(`${name}: ${headers[name]}`, '      ', 'dim', 2)
      if (body !== undefined) lines(readable(body), '      ', 'dim', LONGEST_BODY_LINES)
    },
    answer: ({ status, headers, text }) => {
      lines(`← ${status} ${headers.get('content-type')?.startsWith('text/html') ? pageTitle(text) : ''}`, '    ', status < 400 ? 'green' : 'yellow')
      for (const name of TOLD_HEADERS) for (const value of valuesOf(headers, name)) lines(`${name}: ${readable(value)}`, '      ', 'dim', 3)
      if (text !== '' && !headers.get('content-type')?.startsWith('text/html')) lines(text, '      ', 'dim', LONGEST_BODY_LINES)
    },
    remark: (text) => lines(text, '    '),
    passed: (text) => {
      write('')
      lines(text, '', ['bold', 'green'])
    },
    failed: (text) => {
      write('')
      lines(text, '', ['bold', 'red'])
    },
  }
}

function valuesOf(headers: Headers, name: string): readonly string[] {
  if (name === 'set-cookie') return headers.getSetCookie()
  const value = headers.get(name)
  return value === null ? [] : [value]
}

function pageTitle(text: string): string {
  return `a page: “${/<title>([^<]*)<\/title>/.exec(text)?.[1] ?? 'untitled'}”`
}

/** Percent signs taken out of addresses and forms where that cannot mislead: they are to be read here, not to be followed. */
function readable(text: string): string {
  return text.replace(/%(?:3A|2F|20)/gi, (escaped) => decodeURIComponent(escaped))
}

/** Exported for its test: what a line may say. */
export function withoutSecrets(text: string): string {
  return redactCredentials(text)
    .replace(JWT, (token) => fingerprintOf(token))
    .replace(BASIC, (_all, scheme: string, value: string) => scheme + fingerprintOf(value))
    .replace(SECRET_FIELDS, (_all, name: string, value: string) => name + (value.includes('…') ? value : fingerprintOf(value)))
}

/** Breaks at spaces and after `,` and `&`, and in the middle of a word that is longer than a line. */
export function fold(text: string, width: number): readonly string[] {
  const words = text.split(/(?<=[\s,&])/)
  const folded: string[] = []
  let line = ''
  for (const word of words.flatMap((whole) => whole.match(new RegExp(`.{1,${width}}`, 'gs')) ?? [])) {
    if ((line + word).trimEnd().length > width) {
      folded.push(line.trimEnd())
      line = ''
    }
    line += word
  }
  return line.trim() === '' && folded.length > 0 ? folded : [...folded, line.trimEnd()]
}
