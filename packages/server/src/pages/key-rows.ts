/** What the lists of keys and of tokens share: the scopes of one, and the way to revoke it. */
import { hiddenInputs } from './form.ts'
import { type Html, type HtmlValue, html } from './html.ts'

export function scopeWords(scopes: readonly string[]): HtmlValue {
  return scopes.length === 0 ? 'No scopes' : scopes.map((scope) => html`<code class="scope">${scope}</code> `)
}

interface Revoking {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** What happens then. */
  readonly words: string
}

/** A button behind a second one: what cannot be undone takes two presses, also without script. */
export function revoking(key: { readonly id: string; readonly name: string }, { action, fields, words }: Revoking): Html {
  return html`<details class="revoke"><summary>Revoke<span class="unseen"> ${key.name}</span></summary>
<form method="post" action="${action}">${hiddenInputs(fields)}
<p>${words} This cannot be undone.</p>
<button id="revoke-${key.id}" class="danger" type="submit">Revoke it now<span class="unseen">: ${key.name}</span></button></form></details>`
}
