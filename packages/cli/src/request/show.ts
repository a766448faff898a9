/** An exchange before somebody's eyes, and for programs. */
import { type Exchange, type Explanation, type Header, type Hop, headerOf } from '@latchwork/client'
import { printable } from '../printable.ts'
import type { Terminal } from '../terminal.ts'
import { wrap } from '../terminal.ts'
import { hideInAddress, hideInHeader, hideInText } from './hide-secrets.ts'

export interface ShowOptions {
  readonly showsSecrets: boolean
}

/** Heads and the reason go to standard error, the body alone to standard output. */
export function showHeads(terminal: Terminal, { hops, notes }: Exchange, { showsSecrets }: ShowOptions): void {
  const paint: Terminal['paint'] = (style, text) => (terminal.isTerminal ? terminal.paint(style, text) : text)
  const head = ([name, value]: Header): string => `${paint('cyan', name)}: ${printable(value)}`
  for (const { method, url, requestHeaders, status, statusText, headers } of hops.map((hop) => shown(hop, showsSecrets))) {
    terminal.err([`> ${paint('bold', `${method} ${printable(url)}`)}`, ...requestHeaders.map((header) => `> ${head(header)}`), ''].join('\n'))
    const colour = status < 300 ? 'green' : status < 400 ? 'yellow' : 'red'
    terminal.err([`< ${paint(colour, `${status} ${printable(statusText)}`.trim())}`, ...headers.map((header) => `< ${head(header)}`), ''].join('\n'))
  }
  for (const note of notes) terminal.err(note)
}

function shown(hop: Hop, showsSecrets: boolean): Hop {
  if (showsSecrets) return hop
  return {
    ...hop,
    url: hideInAddress(hop.url),
    requestHeaders: hop.requestHeaders.map((header) => hideInHeader(header, hop.proof)),
    headers: hop.headers.map((header) => hideInHeader(header, hop.proof)).map(hideLocation),
  }
}

const hideLocation = ([name, value]: Header): Header => [name, name.toLowerCase() === 'location' ? hideInAddress(value) : value]

/** Pretty on a terminal, as it came elsewhere. */
export function showBody(terminal: Terminal, exchange: Exchange, { showsSecrets }: ShowOptions): void {
  const { text, isHidden } = bodyText(exchange, showsSecrets)
  if (isHidden) terminal.err('Secrets in the answer are hidden; --show-secrets shows them.')
  if (text === undefined) terminal.err(`${exchange.body.length} bytes that are no text; --out FILE keeps them.`)
  else if (text !== '') terminal.out(terminal.isOutTerminal === true ? printable(pretty(text)) : text)
}

function bodyText({ body, hops }: Exchange, showsSecrets: boolean): { readonly text: string | undefined; readonly isHidden: boolean } {
  const type = headerOf(hops.at(-1)?.headers ?? [], 'content-type') ?? ''
  const isText = !body.includes(0) && !/^(image|audio|video|font)\/|octet-stream|\bzip\b/i.test(type)
  if (!isText) return { text: undefined, isHidden: false }
  const whole = body.toString('utf8').replace(/\n$/, '')
  const text = showsSecrets ? whole : hops.reduce((left, hop) => hideInText(left, hop.proof), hideInText(whole))
  return { text, isHidden: text !== whole }
}

/** Numbers stay as they are written: an id beyond 2^53 is no other id. */
export function pretty(text: string): string {
  const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }
  const keep = (_key: string, value: unknown, context?: { readonly source: string }): unknown =>
    typeof value === 'number' && context !== undefined ? rawJSON(context.source) : value
  try {
    return JSON.stringify(JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]), null, 2)
  } catch {
    return text
  }
}

export function showReason(terminal: Terminal, { reason, mend, code, said, more, neededScope }: Explanation): void {
  const title = printable(`Refused: ${reason}${code === undefined ? '' : ` (${code})`}.`)
  const lines = [
    mend,
    ...(said === undefined || mend.startsWith(said) ? [] : [`The server says: ${said}`]),
    ...(neededScope === undefined ? [] : [`Scope needed: ${neededScope}`]),
    ...(more === undefined ? [] : [`More: ${more}`]),
  ]
  const red = terminal.isTerminal ? terminal.paint('red', title) : title
  terminal.err([red, ...lines.map((line) => `  ${terminal.isTerminal ? wrap(printable(line), 2) : printable(line)}`)].join('\n'))
}

export function asJson(exchange: Exchange, explanation: Explanation | undefined, { showsSecrets }: ShowOptions): Readonly<Record<string, unknown>> {
  const hops = exchange.hops.map((hop) => shown(hop, showsSecrets))
  const { text } = bodyText(exchange, showsSecrets)
  const last = hops.at(-1)
  return {
    request: { method: last?.method, url: last?.url, headers: last?.requestHeaders },
    response: { status: last?.status, headers: last?.headers, ...(text === undefined ? { base64: exchange.body.toString('base64') } : { body: jsonOr(text) }) },
    before: hops.slice(0, -1).map(({ method, url, status }) => ({ method, url, status })),
    notes: exchange.notes,
    ...(explanation === undefined ? {} : { refused: explanation }),
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
