/** A page of our own site that goes on by itself: the next request then comes from this site, and Strict cookies travel with it. */
import { type Destination, destinationWords } from './destination.ts'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'

export interface ContinueView {
  /** Where to go on. */
  readonly href: string
  /** Present when that is an application. */
  readonly destination?: Destination
}

export function continuePage(site: PageSite, view: ContinueView): string {
  return pageOf(site, {
    title: 'One moment',
    shape: 'card',
    goesOn: true,
    content: html`
<p>This page goes on by itself. If it does not, press the button.</p>
<p><a class="button primary" id="continue-link" data-continue href="${view.href}">Continue</a></p>`,
    below: view.destination !== undefined && html`<p id="destination">You go to ${destinationWords(view.destination)}.</p>`,
  })
}
