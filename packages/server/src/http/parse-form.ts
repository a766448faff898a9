/** Bodies of type application/x-www-form-urlencoded, as `URLSearchParams`, so that repeated parameters stay visible; the query likewise. */
import { Refusal, refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const MALFORMED = /%(?![0-9A-Fa-f]{2})/
const MAX_PARAMETERS = 100
/** What may hold a character that is refused, or be badly encoded: all else is plain. */
const BEYOND_ASCII = /[\0\u0080-\uffff]|%(?:00|[89A-Fa-f])/

export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseParameters(String(body)))
    } catch (error) {
      done(error as Refusal)
    }
  })
}

/** @throws Refusal `request_malformed`: broken percent-encoding, bad UTF-8, or more than 100 parameters. */
export function parseParameters(text: string): URLSearchParams {
  if (MALFORMED.test(text)) return refuse('request_malformed', { detail: 'A "%" is not followed by two hexadecimal digits.' })
  const parameters = new URLSearchParams(text)
  if (parameters.size > MAX_PARAMETERS) return refuse('request_malformed', { detail: `More than ${MAX_PARAMETERS} parameters.` })
  if (BEYOND_ASCII.test(text)) checkText(parameters)
  return parameters
}

function checkText(parameters: URLSearchParams): void {
  for (const [name, value] of parameters) {
    if ([name, value].some((text) => text.includes('\ufffd') || text.includes('\0')))
      refuse('request_malformed', { detail: 'Parameters are UTF-8 without null characters.' })
  }
}

/** Every address, also where no route reads its query. @throws Refusal `request_malformed`. */
export function checkQuery({ url }: FastifyRequest): void {
  const at = url.indexOf('?')
  if (at >= 0 && MALFORMED.test(url.slice(at))) refuse('request_malformed', { detail: 'A "%" is not followed by two hexadecimal digits.' })
}

export function queryOf(request: FastifyRequest): URLSearchParams {
  const url = request.raw.url ?? ''
  const at = url.indexOf('?')
  return parseParameters(at < 0 ? '' : url.slice(at + 1))
}

/** The form of a POST. @throws Refusal `media_type_unsupported` when something else was sent. */
export function formOf(request: FastifyRequest): URLSearchParams {
  if (request.body instanceof URLSearchParams) return request.body
  throw new Refusal('media_type_unsupported', { detail: 'Send application/x-www-form-urlencoded.' })
}

/** The words of a field in which a person writes several. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}
