/** A browser without script, for tests: keeps cookies as browsers do, follows nothing by itself, and submits forms by the ids of their controls. */
import assert from 'node:assert/strict'

export interface Visit {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly text: string
  /** The redirect's target, absolute. */
  readonly location: string | undefined
}

export interface WebBrowser {
  /** Any request, with the cookies. */
  readonly send: (url: string, init?: RequestInit) => Promise<Visit>
  readonly get: (url: string, headers?: Readonly<Record<string, string>>) => Promise<Visit>
  readonly post: (url: string, fields: Readonly<Record<string, string>> | URLSearchParams, headers?: Readonly<Record<string, string>>) => Promise<Visit>
  /** POSTs JSON, as a front end of the same origin does. */
  readonly postJson: (url: string, body: unknown) => Promise<Visit>
  /** GETs, and follows redirects as long as they stay at this origin. */
  readonly open: (url: string) => Promise<Visit>
  /** Fills and submits the form of a page by the button's id, and follows as `open` does. Ids of fields → values; `false` unticks a box. */
  readonly submit: (page: Visit, buttonId: string, values?: Readonly<Record<string, string | false>>) => Promise<Visit>
  readonly cookies: Map<string, string>
}

/** Where a visit redirects to, which must begin so. */
export function sentTo({ status, location, text }: Visit, prefix: string): string {
  assert.ok(location?.startsWith(prefix) === true && location !== undefined, `sent to ${prefix}, not ${status} ${location ?? text}`)
  return location
}

export function webBrowser(): WebBrowser {
  const cookies = new Map<string, string>()
  const visit = async (url: string, init: RequestInit = {}): Promise<Visit> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) } })
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    const location = response.headers.get('location')
    return {
      status: response.status,
      url,
      headers: response.headers,
      text: await response.text(),
      location: location === null ? undefined : new URL(location, url).href,
    }
  }
  const follow = async (first: Visit): Promise<Visit> => {
    let page = first
    for (let hop = 0; hop < 10 && page.location !== undefined && new URL(page.location).origin === new URL(page.url).origin; hop++)
      page = await visit(page.location)
    return page
  }
  const post: WebBrowser['post'] = (url, fields, headers = {}) =>
    visit(url, { method: 'POST', body: fields instanceof URLSearchParams ? fields : new URLSearchParams(fields), headers })
  return {
    cookies,
    send: visit,
    post,
    get: (url, headers = {}) => visit(url, { headers }),
    postJson: (url, body) =>
      visit(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', origin: new URL(url).origin } }),
    open: async (url) => follow(await visit(url)),
    submit: async (page, buttonId, values = {}) => {
      const { action, fields } = formWith(page, buttonId, values)
      return follow(await post(new URL(action, page.url).href, fields, { origin: new URL(page.url).origin }))
    },
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, at).trim()
  if (name.startsWith('__Host-')) assert.match(line, /; Path=\/(;|$)/, 'a __Host- cookie has Path=/')
  const expires = attributes.map((attribute) => /^ expires=(.*)$/i.exec(attribute)?.[1]).find((found) => found !== undefined)
  if (expires !== undefined && Date.parse(expires) < 1000) cookies.delete(name)
  else cookies.set(name, pair.slice(at + 1))
}

function formWith(
  page: Visit,
  buttonId: string,
  values: Readonly<Record<string, string | false>>,
): { readonly action: string; readonly fields: URLSearchParams } {
  const forms = [...page.text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)]
  const form = forms.find(([, , inner = '']) => inner.includes(`id="${buttonId}"`))
  assert.ok(form, `a form with the button #${buttonId} in ${page.url} (${page.status}): ${page.text.slice(0, 2000)}`)
  const [, attributes = '', inner = ''] = form
  const fields = new URLSearchParams()
  for (const [tag] of inner.matchAll(/<(?:input|button)\b[^>]*>/g)) {
    const { id, name, type, value = '' } = attributesOf(tag)
    if (name === undefined) continue
    const isButton = tag.startsWith('<button')
    if (isButton && id !== buttonId) continue
    const chosen = id === undefined ? undefined : values[id]
    if ((type === 'checkbox' || type === 'radio') && (chosen === false || (chosen === undefined && !/\bchecked\b/.test(tag)))) continue
    fields.append(name, typeof chosen === 'string' && type !== 'checkbox' && type !== 'radio' ? chosen : value)
  }
  return { action: attributesOf(attributes)['action'] ?? page.url, fields }
}

function attributesOf(tag: string): Partial<Record<string, string>> {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescapeHtml(value)]))
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#96;', '`')
    .replaceAll('&#13;', '\r')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
