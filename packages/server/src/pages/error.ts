/** The page a person sees when something was refused and there is nowhere safe to send them. */
import { refusals } from '@latchwork/kernel'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths } from './paths.ts'

export interface ErrorView {
  /** Code of the refusal; linked to its page of the reference where the table has it. */
  readonly code: string
  readonly title: string
  /** What to do about it. */
  readonly detail: string
  /** Leads to the log. */
  readonly reference?: string
  /** Seconds after which a repetition makes sense. */
  readonly retryAfterSeconds?: number
  /** A way on that makes sense here; home, if there is none. */
  readonly way?: { readonly href: string; readonly words: string }
}

export function errorPage(site: PageSite, view: ErrorView): string {
  const way = view.way ?? { href: paths.home, words: 'Go to the start page' }
  const code = html`<code id="error-code">${view.code}</code>`
  return pageOf(site, {
    title: view.title,
    shape: 'card',
    content: html`
<p id="error-detail">${view.detail}</p>
${view.retryAfterSeconds !== undefined && html`<p id="error-retry">Try again in ${durationWords(view.retryAfterSeconds)}.</p>`}
<dl class="facts">
<div><dt>Code</dt><dd>${Object.hasOwn(refusals, view.code) ? html`<a href="${`${paths.errors}/${encodeURIComponent(view.code)}`}">${code}</a>` : code}</dd></div>
${view.reference !== undefined && html`<div><dt>Reference</dt><dd><code id="error-reference">${view.reference}</code></dd></div>`}
</dl>
<p><a class="button" id="error-way" href="${way.href}">${way.words}</a></p>`,
    below: view.reference !== undefined && html`<p>If you ask for help, give the reference: it leads to this moment in the log.</p>`,
  })
}

function durationWords(seconds: number): string {
  const [amount, unit] = seconds < 120 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}
