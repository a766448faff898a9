/** The answer of an authorization as a form that posts itself (OAuth 2.0 Form Post Response Mode §2). */
import { type Destination, destinationWords } from './destination.ts'
import { hiddenInputs } from './form.ts'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'

export interface FormPostView {
  readonly destination: Destination
  /** `code`, `state`, `iss`, or `error` and its company. */
  readonly parameters: Readonly<Record<string, string | undefined>>
}

/** Its `Content-Security-Policy` must name the redirect URI as a form target. */
export function formPostPage(site: PageSite, view: FormPostView): string {
  return pageOf(site, {
    title: 'One moment',
    shape: 'card',
    goesOn: true,
    content: html`
<p>This page goes on by itself. If it does not, press the button.</p>
<form method="post" action="${view.destination.redirectUri}" data-continue>
${hiddenInputs(view.parameters)}
<button id="form-post-submit" class="primary" type="submit">Continue to <bdi>${view.destination.applicationName}</bdi></button>
</form>`,
    below: html`<p id="destination">You go to ${destinationWords(view.destination)}.</p>`,
  })
}
