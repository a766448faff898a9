/** An answer for an application that nobody here vouches for: the person decides whether to follow it. */
import { type Destination, destinationWords, nameOf } from './destination.ts'
import { factForMakers, UNANSWERABLE } from './error.ts'
import { hiddenInputs } from './form.ts'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'

export interface LeavingView {
  readonly destination: Destination
  /** What was wrong with the request, for whoever builds the application. */
  readonly title: string
  readonly detail: string
  readonly code: string
  readonly reference: string
  /** The answer as an address, or as parameters of a form. */
  readonly answer: { readonly href: string } | { readonly parameters: Readonly<Record<string, string | undefined>> }
}

/** With parameters, its `Content-Security-Policy` must name the redirect URI as a form target. */
export function leavingPage(site: PageSite, view: LeavingView): string {
  const { destination, answer } = view
  const words = html`Go back to <bdi>${destination.applicationName}</bdi>`
  return pageOf(site, {
    title: UNANSWERABLE,
    shape: 'card',
    content: html`
<p>${nameOf(destination.applicationName)} asked for something that cannot be done.</p>
<dl class="facts">
${factForMakers(view)}
<div><dt>Code</dt><dd><code id="error-code">${view.code}</code></dd></div>
<div><dt>Reference</dt><dd><code id="error-reference">${view.reference}</code></dd></div>
</dl>
<p class="warning" id="leaving-warning"><b>Anybody can choose this name.</b> Nobody here vouches for this application. Go on only if you came from there.</p>
${
  'href' in answer
    ? html`<p><a class="button" id="leaving-go" href="${answer.href}" rel="noreferrer">${words}</a></p>`
    : html`
<form method="post" action="${destination.redirectUri}">
${hiddenInputs(answer.parameters)}
<button id="leaving-go" type="submit">${words}</button>
</form>`
}`,
    below: html`<p id="destination">You would go to ${destinationWords(destination)}.</p>`,
  })
}
