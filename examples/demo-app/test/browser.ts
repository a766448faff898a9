/** A browser without JavaScript: cookies by host name (not by port), redirects, forms. */
import assert from 'node:assert/strict'

export interface Page {
  readonly url: URL
  readonly status: number
  readonly text: string
}

export interface Browser {
  readonly open: (url: string | URL) => Promise<Page>
  /** Presses the button with this id, with the fields of its form filled in; boxes stay ticked. */
  readonly press: (page: Page, buttonId: string, fields?: Readonly<Record<string, string>>) => Promise<Page>
}

export function browser(): Browser {
  const cookies = new Map<string, Map<string, string>>()

  async function send(url: URL, init: RequestInit, hops = 0): Promise<Page> {
    assert.ok(hops < 10, 'too many redirects')
    const jar = cookies.get(url.hostname) ?? new Map<string, string>()
    cookies.set(url.hostname, jar)
    const headers = new Headers(init.headers)
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location !== null) return send(new URL(location, url), {}, hops + 1)
    return { url, status: answer.status, text: await answer.text() }
  }

  return {
    open: (url) => send(new URL(url), {}),
    press: (page, buttonId, fields = {}) => {
      const form = [...page.text.matchAll(/<form\b[\s\S]*?<\/form>/g)].map(([text]) => text).find((text) => text.includes(`id="${buttonId}"`))
      assert.ok(form, `a form with the button ${buttonId}: ${page.status} ${page.text}`)
      const body = new URLSearchParams()
      for (const [input] of form.matchAll(/<input\b[^>]*>/g)) {
        if (/type="checkbox"/.test(input) && !/\bchecked\b/.test(input)) continue
        const name = attribute(input, 'name')
        body.append(name, fields[name] ?? attribute(input, 'value'))
      }
      const button = [...form.matchAll(/<button\b[^>]*>/g)].map(([text]) => text).find((text) => text.includes(`id="${buttonId}"`)) ?? ''
      if (attribute(button, 'name') !== '') body.append(attribute(button, 'name'), attribute(button, 'value'))
      return send(new URL(attribute(form, 'action'), page.url), { method: 'POST', body, headers: { origin: page.url.origin } })
    },
  }
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value.replace(/&(amp|lt|gt|quot|#39);/g, (_all, word: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[word] ?? '')
}
