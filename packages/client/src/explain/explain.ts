/** Why a request was refused, in plain words, and what to do about it. */
import type { Exchange, Header } from '../send/send.ts'
import { parseChallenges } from './challenges.ts'
import { isOAuthError, oauthErrorWords, type Words } from './oauth-errors.ts'

export interface Explanation extends Words {
  /** The code a program would look at, where the answer has one. */
  readonly code?: string
  /** What the server says itself. */
  readonly said?: string
  /** A page about it. */
  readonly more?: string
  /** RFC 6750 §3: the scope that is needed. */
  readonly neededScope?: string
}

const statusWords: Readonly<Record<number, Words>> = {
  400: { reason: 'The server does not understand the request', mend: 'Read its answer, and mend what it names.' },
  401: { reason: 'No credential was accepted', mend: 'Name a profile with --profile, or log in again.' },
  403: { reason: 'The credential is good, but may not do this', mend: 'Use a credential with the right scope or role.' },
  404: { reason: 'There is nothing at this address, or not for this credential', mend: 'Check the address; some servers answer so to whoever may not see.' },
  405: { reason: 'This address does not take this method', mend: 'The header Allow names those it takes.' },
  406: { reason: 'The server has no answer of the kind that is asked for', mend: 'Send another Accept header.' },
  409: { reason: 'The request does not fit what is there now', mend: 'Look at it again, then repeat the change.' },
  411: { reason: 'The server wants to know how long the body is', mend: 'Send a body with --data.' },
  413: { reason: 'The body is too large', mend: 'Send less at once.' },
  415: { reason: 'The server does not take a body of this type', mend: "Set --header 'Content-Type: …' to what it takes." },
  422: { reason: 'The body is well-formed, but its values are not accepted', mend: 'Read the answer, and mend what it names.' },
  429: { reason: 'Too many requests', mend: 'Wait as long as Retry-After says.' },
  500: { reason: 'The server failed', mend: 'Not your fault: its log knows why.' },
  502: { reason: 'A server in between got no good answer', mend: 'Try again later.' },
  503: { reason: 'The server cannot answer now', mend: 'Try again as Retry-After says.' },
  504: { reason: 'A server in between got no answer in time', mend: 'Try again later.' },
}

/** `undefined` if the request was not refused. */
export function explain({ hops, body }: Exchange): Explanation | undefined {
  const last = hops.at(-1)
  if (last === undefined || last.status < 400) return undefined
  const challenge = parseChallenges(headerOf(last.headers, 'www-authenticate') ?? '').find(({ parameters }) => parameters.has('error'))?.parameters
  const said = bodyOf(body)
  const code = said.code ?? challenge?.get('error')
  const detail = said.detail ?? challenge?.get('error_description')
  const neededScope = challenge?.get('scope')
  return {
    ...wordsFor(last.status, said, challenge?.get('error'), headerOf(last.headers, 'retry-after')),
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { said: detail }),
    ...(said.more === undefined ? {} : { more: said.more }),
    ...(neededScope === undefined ? {} : { neededScope }),
  }
}

interface Said {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly more?: string
  readonly isProblem: boolean
}

/** RFC 9457, or an OAuth error (RFC 6749 §5.2). */
function bodyOf(body: Buffer): Said {
  const content = jsonOf(body)
  const text = (name: string): string | undefined => (typeof content?.[name] === 'string' ? (content[name] as string) : undefined)
  const [title, detail] = [text('title'), text('detail') ?? text('error_description')]
  const code = text('code') ?? text('error')
  const more = text('type')
  return {
    isProblem: title !== undefined && detail !== undefined,
    ...(code === undefined ? {} : { code }),
    ...(title === undefined ? {} : { title }),
    ...(detail === undefined ? {} : { detail }),
    ...(more !== undefined && /^https?:/.test(more) ? { more } : {}),
  }
}

function jsonOf(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(body.toString('utf8'))
    return typeof content === 'object' && content !== null ? (content as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** The closest words there are: the server's own problem, then OAuth's code, then the status. */
function wordsFor(status: number, said: Said, challenged: string | undefined, retryAfter: string | undefined): Words {
  const later = retryAfter === undefined ? '' : ` Retry-After: ${retryAfter}${/^\d+$/.test(retryAfter) ? ' seconds' : ''}.`
  if (said.isProblem) return { reason: said.title ?? '', mend: `${said.detail ?? ''}${later}` }
  const oauthError = [said.code, challenged].find((code) => code !== undefined && isOAuthError(code))
  const words = oauthError === undefined ? statusWords[status] : oauthErrorWords(oauthError)
  const usual = status < 500 ? 'The request was refused' : 'The server failed'
  return { reason: words?.reason ?? usual, mend: `${words?.mend ?? 'Read the answer.'}${later}` }
}

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([one]) => one.toLowerCase() === name)?.[1]
}
