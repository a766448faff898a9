/** The person's side: a browser that keeps cookies, and the forms it is shown. */
import { type Answer, Deviation, type Request } from './exchange.ts'

/** A browser, as far as the tour needs one: it keeps the cookies of one host and sends them back. */
export class Visitor {
  readonly #cookies = new Map<string, string>()

  /** The request with this visitor's cookies. */
  dress(request: Request): Request {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return cookie === '' ? request : { ...request, headers: { ...request.headers, cookie } }
  }

  /** Keeps the cookies an answer sets, and drops those it takes back. */
  keep(answer: Answer): Answer {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }
}

/** The fields of a page's form with all its hidden inputs, ready to be filled in and sent. */
export interface Form {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
}

export function formOf(page: Answer): Form {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page.text)
  if (form === null) throw new Deviation('Expected: a page with a form.')
  const inputs = [...(form[2] ?? '').matchAll(/<input\b[^>]*>/gi)].map(([input]) => input).filter((input) => attribute(input, 'type') === 'hidden')
  return {
    action: attribute(form[1] ?? '', 'action') ?? '',
    hidden: Object.fromEntries(inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? ''])),
  }
}

/** An attribute's value, its character references read. */
function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]
  const references: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
  return value?.replace(/&(?:amp|lt|gt|quot|#39);/g, (reference) => references[reference] ?? reference)
}
