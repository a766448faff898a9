/** The page that asks who you are. */
import { type Destination, destinationWords } from './destination.ts'
import { type Field, fieldWith, hiddenInputs, type Problem, problemSummary } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths, pathWith } from './paths.ts'

export interface SignInView {
  readonly formToken: string
  /** Where to go on afterwards, as a path of this site; posted back as `continue`. */
  readonly continue?: string
  /** The application that asked for the sign-in, if one did. */
  readonly destination?: Destination
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
    content: html`
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
}

/** One sentence on where the person will be. @param way the path of this site to go on with. */
export function sentAfterwards(when: string, destination: Destination | undefined, way = ''): Html {
  const here = placesHere[way.split('?', 1)[0] ?? ''] ?? html`<b>your account</b> here`
  return html`<p id="destination">${when}, you go to ${destination === undefined ? here : destinationWords(destination)}.</p>`
}
