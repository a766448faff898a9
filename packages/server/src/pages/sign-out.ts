/** Signing out: the question, and the page after it. */
import { type Destination, destinationWords, nameOf } from './destination.ts'
import { hiddenInputs } from './form.ts'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths } from './paths.ts'

export interface SignOutView {
  readonly formToken: string
  /** Whatever else the request carries on (an application's own sign-out). */
  readonly hidden?: Readonly<Record<string, string>>
  readonly person: { readonly name: string; readonly email: string }
  /** The application that asked. */
  readonly askedBy?: string
  /** Where an application asked to be returned to. */
  readonly destination?: Destination
}

/** Posts `form_token` and what is in `hidden` to `paths.signOut`. */
export function signOutPage(site: PageSite, view: SignOutView): string {
  return pageOf(site, {
    title: 'Sign out?',
    shape: 'card',
    content: html`
${view.askedBy !== undefined && html`<p id="logout-asked-by"><b>${nameOf(view.askedBy)}</b> asks to sign you out of <bdi>${site.name}</bdi>.</p>`}
<p>You are signed in as <bdi>${view.person.name}</bdi> (<bdi class="host">${view.person.email}</bdi>).</p>
<p>Applications that you allowed only until you sign out lose their access. The others keep it.</p>
<form method="post" action="${paths.signOut}">
${hiddenInputs({ ...view.hidden, form_token: view.formToken })}
<button id="logout-confirm" class="primary" type="submit">Sign out</button>
</form>
<p class="centre"><a id="logout-stay" href="${paths.account}">Stay signed in</a></p>`,
    below: view.destination !== undefined && html`<p id="destination">After you sign out, you go to ${destinationWords(view.destination)}.</p>`,
  })
}

export interface SignedOutView {
  /** Where an application asked to be returned to; the page goes there by itself once the frames have loaded. */
  readonly destination?: Destination
  /** Addresses at which applications hear in this browser that the person has signed out. The page's policy must allow frames of their origins. */
  readonly frames?: readonly string[]
}

export function signedOutPage(site: PageSite, view: SignedOutView): string {
  const { destination, frames = [] } = view
  return pageOf(site, {
    title: 'You are signed out',
    shape: 'card',
    goesOn: destination !== undefined && frames.length > 0,
    content: html`
<p>On a computer that others use, close the browser too.</p>
${
  destination !== undefined &&
  html`<p><a class="button primary" id="signed-out-return" data-continue href="${destination.redirectUri}">Go to <bdi>${destination.applicationName}</bdi></a></p>`
}
<p><a class="button" id="sign-in-again" href="${paths.signIn}">Sign in again</a></p>
${frames.map((address) => html`<iframe class="unseen" title="An application signs you out" sandbox="allow-scripts allow-same-origin" src="${address}"></iframe>`)}`,
    below: destination !== undefined && html`<p id="destination">The button leads to ${destinationWords(destination)}.</p>`,
  })
}
