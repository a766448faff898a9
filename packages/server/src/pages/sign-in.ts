/** The page that asks who you are. */
import { type ApplicationFacts, addressLink, besideLogo } from './application-facts.ts'
import { type Destination, destinationWords, nameOf } from './destination.ts'
import { type Field, fieldWith, hiddenInputs, type Problem, problemSummary } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths, pathWith } from './paths.ts'

/** The application that asked for the sign-in, and what people are to see of it (OpenID Connect Registration §2). */
export interface AskedFor extends Destination, Pick<ApplicationFacts, 'logo' | 'policy' | 'terms'> {}

export interface SignInView {
  readonly formToken: string
  /** Where to go on afterwards, as a path of this site; posted back as `continue`. */
  readonly continue?: string
  /** The application that asked for the sign-in, if one did. */
  readonly destination?: AskedFor
  /** What was typed before. */
  readonly email?: string
  readonly problems?: readonly Problem[]
  readonly isSignUpOpen: boolean
}

/** Posts `email`, `password`, `continue` and `form_token` to `paths.signIn`. */
export function signInPage(site: PageSite, view: SignInView): string {
  const fields: readonly Field[] = [
    { id: 'login-identifier', name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: view.email },
    { id: 'login-password', name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
  ]
  const signUpHref = pathWith(paths.signUp, { continue: view.continue })
  return pageOf(site, {
    title: 'Sign in',
    shape: 'card',
    isRefused: view.problems !== undefined,
    content: html`
${view.destination !== undefined && askedFor(html`You sign in at <bdi>${site.name}</bdi>`, view.destination)}
${problemSummary(view.problems, fields)}
<form method="post" action="${paths.signIn}" novalidate>
${hiddenInputs({ form_token: view.formToken, continue: view.continue })}
${fields.map((field) => fieldWith(field, view.problems))}
<button id="login-submit" class="primary" type="submit">Sign in</button>
</form>`,
    below: html`
${sentAfterwards('After you sign in', view.destination, view.continue)}
${view.isSignUpOpen && html`<p>New here? <a id="signup-link" href="${signUpHref}">Create an account</a></p>`}`,
  })
}

const placesHere: Readonly<Record<string, Html>> = {
  [paths.applications]: html`the <b>applications that may act for you</b>`,
  [paths.device]: html`<b>connecting your device</b>`,
  [paths.keys]: html`the page of <b>keys</b> here`,
  [paths.signOut]: html`<b>signing out</b>`,
  [paths.tokens]: html`<b>your access tokens</b> here`,
}

/** One sentence on what for, so that nobody takes one site's password for the other's. */
export function askedFor(words: Html, application: AskedFor): Html {
  return besideLogo(html`<p id="asked-for">${words} to go on to <b>${nameOf(application.applicationName)}</b>.</p>`, application.logo)
}

/** One sentence on where the person will be. @param way the path of this site to go on with. */
export function sentAfterwards(when: string, destination: AskedFor | undefined, way = ''): Html {
  const here = placesHere[way.split('?', 1)[0] ?? ''] ?? html`<b>your account</b> here`
  return html`<p id="destination">${when}, you go to ${destination === undefined ? here : destinationWords(destination)}.</p>
${pageOfApplication('Its privacy policy', destination?.policy)}${pageOfApplication('Its terms', destination?.terms)}`
}

function pageOfApplication(words: string, address: string | undefined): Html | undefined {
  const link = addressLink(address)
  return link && html`<p>${words}: <span class="host">${link}</span></p>`
}
