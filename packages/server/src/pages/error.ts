/** The page a person sees when something was refused and there is nowhere safe to send them. */
import { refusals } from '@latchwork/kernel'
import { type Html, html } from './html.ts'
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
  /** Whether an application asked, and asked wrongly: the person is told that it is not their fault, and the rest is for its makers. */
  readonly isOfApplication?: boolean
  /** A way on that makes sense here; home, if there is none. */
  readonly way?: { readonly href: string; readonly words: string }
}

export function errorPage(site: PageSite, view: ErrorView): string {
  const way = view.way ?? { href: paths.home, words: 'Go to the start page' }
  const code = html`<code id="error-code">${view.code}</code>`
  return pageOf(site, {
    title: view.isOfApplication === true ? UNANSWERABLE : view.title,
    shape: 'card',
    content: html`
${
  view.isOfApplication === true
    ? html`<p id="error-application">The application that sent you here made a mistake, and was told nothing about you. Go back and try again; if it happens again, tell its makers.</p>`
    : html`<p id="error-detail">${view.detail}</p>`
}
${view.retryAfterSeconds !== undefined && html`<p id="error-retry">Try again in ${durationWords(view.retryAfterSeconds)}.</p>`}
<dl class="facts">
${view.isOfApplication === true && factForMakers(view)}
<div><dt>Code</dt><dd>${Object.hasOwn(refusals, view.code) ? html`<a href="${`${paths.errors}/${encodeURIComponent(view.code)}`}">${code}</a>` : code}</dd></div>
${view.reference !== undefined && html`<div><dt>Reference</dt><dd><code id="error-reference">${view.reference}</code></dd></div>`}
</dl>
<p><a class="button" id="error-way" href="${way.href}">${way.words}</a></p>`,
    below: view.reference !== undefined && html`<p>If you ask for help, give the reference: it leads to this moment in the log.</p>`,
  })
}

/** For a person, in place of what went wrong in words of those who build applications. */
export const UNANSWERABLE = 'This request cannot be answered'

/** What went wrong, for whoever can mend it. */
export function factForMakers({ title, detail }: Pick<ErrorView, 'title' | 'detail'>): Html {
  return html`<div><dt>For its makers</dt><dd>${title}. <span id="error-detail">${detail}</span></dd></div>`
}

function durationWords(seconds: number): string {
  const [amount, unit] = seconds < 120 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}
