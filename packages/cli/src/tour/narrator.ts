/** The voice of the tour: prints each request, its answer and one sentence of why, in 80 columns, with every secret cut to its fingerprint. */
import { styleText } from 'node:util'
import { fingerprintOf, redactCredentials } from '@latchwork/kernel'
import type { Answer, Request } from './exchange.ts'

const COLUMNS = 80
const JWT = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g
const BASIC = /\b(Basic )([A-Za-z0-9+/=]{8,})/g
const SHOWN_HEADERS = ['authorization', 'cookie', 'origin'] as const
const TOLD_OF_ERRORS = ['code', 'detail', 'error', 'error_description'] as const
const FORM = 'application/x-www-form-urlencoded'
const PASSWORD = /("password":)"(?:[^"\\]|\\.)*"|\b(password=)[^&\s]*/g
/** What else is secret and has no form of its own. */
const SECRET_FIELD = /(\b(?:code_verifier|form_token|__Host-lw_browser)=)([^&\s;]+)/g

export interface Narrator {
  readonly title: (text: string) => void
  readonly chapter: (text: string) => void
  readonly step: (why: string) => void
  readonly request: (request: Request) => void
  /** @param members of a JSON body, to be shown; of an error without, its code and its sentence. */
  readonly answer: (answer: Answer, members?: readonly string[]) => void
  readonly remark: (text: string) => void
  readonly passed: (text: string) => void
  readonly failed: (text: string) => void
}

type Style = Parameters<typeof styleText>[0]

/** @param write Takes whole lines; colours are left out unless standard output is a terminal that wants them (NO_COLOR). */
export function narrator(write: (line: string) => void): Narrator {
  const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })
  const lines = (text: string, indent: string, style?: Style) => {
    for (const line of fold(withoutSecrets(text), COLUMNS - indent.length)) write(indent + (style === undefined ? line : paint(style, line)))
  }
  /** Each text on one line of its own, cut where it is too long. */
  const each = (texts: readonly string[], style: Style) => {
    for (const text of texts) write(`      ${paint(style, cut(withoutSecrets(text), COLUMNS - 6))}`)
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
      const [address, ...parameters] = addressLines(url)
      lines(`→ ${method} ${address}`, '    ', 'cyan')
      each(parameters, 'dim')
      for (const name of SHOWN_HEADERS) if (headers?.[name] !== undefined) each([`${name}: ${headers[name]}`], 'dim')
      if (body !== undefined) headers?.['content-type'] === FORM ? each(parameterLines(body), 'dim') : lines(body, '      ', 'dim')
    },
    answer: (answer, members) => {
      const { status, headers } = answer
      lines(`← ${status} ${isPage(answer) ? pageTitle(answer.text) : ''}`, '    ', status < 400 ? 'green' : 'yellow')
      each(locationLines(headers), 'dim')
      for (const header of [...cookieLines(headers), ...challengeLines(headers)]) lines(header, '      ', 'dim')
      if (answer.text !== '' && !isPage(answer)) lines(shownMembers(answer.text, members ?? TOLD_OF_ERRORS), '      ', 'dim')
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

/** An address as it is read here: the parameters on lines of their own, their percent signs resolved. It is to be read, not to be followed. */
function addressLines(url: string): readonly string[] {
  const at = url.indexOf('?')
  return at < 0 ? [url] : [url.slice(0, at), ...parameterLines(url.slice(at + 1))]
}

function parameterLines(text: string): readonly string[] {
  return [...new URLSearchParams(text)].map(([name, value]) => `${name}=${value}`)
}

function locationLines(headers: Headers): readonly string[] {
  const location = headers.get('location')
  const [address, ...parameters] = location === null ? [] : addressLines(location)
  return address === undefined ? [] : [`location: ${address}`, ...parameters.map((parameter) => `  ${parameter}`)]
}

/** Of a cookie its name, its value and who may see it. */
function cookieLines(headers: Headers): readonly string[] {
  return headers.getSetCookie().map((cookie) => `set-cookie: ${cookie.replace(/; (?:Path|Expires)=[^;]*/g, '')}`)
}

/** The sentence is left out: the body says it too. */
function challengeLines(headers: Headers): readonly string[] {
  const challenge = headers.get('www-authenticate')
  return challenge === null ? [] : [`www-authenticate: ${challenge.replace(/, error_description="[^"]*"/, '')}`]
}

function isPage({ headers }: Answer): boolean {
  return headers.get('content-type')?.startsWith('text/html') === true
}

function pageTitle(text: string): string {
  return `a page: “${/<title>([^<]*)<\/title>/.exec(text)?.[1] ?? 'untitled'}”`
}

/** A JSON body with only the members named (`key.id`); what is left out shows as `…`. */
function shownMembers(text: string, members: readonly string[]): string {
  const whole = JSON.parse(text) as Readonly<Record<string, unknown>>
  const shown = members.flatMap((path) => {
    const value = path.split('.').reduce<unknown>((node, name) => (node as Readonly<Record<string, unknown>> | undefined)?.[name], whole)
    return value === undefined ? [] : [`"${path}":${JSON.stringify(value)}`]
  })
  return `{${[...shown, '…'].join(', ')}}`
}

/** Exported for its test: what a line may say. */
export function withoutSecrets(text: string): string {
  return redactCredentials(text)
    .replace(JWT, (token) => fingerprintOf(token))
    .replace(BASIC, (_all, scheme: string, value: string) => scheme + fingerprintOf(value))
    .replace(PASSWORD, '$1$2…')
    .replace(SECRET_FIELD, (_all, name: string, value: string) => name + fingerprintOf(value))
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 2)} …` : text
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
