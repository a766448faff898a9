/** The page on which a person registers, and the fields it shares with the page for the first operator. */
import { type Field, fieldWith, hiddenInputs, type Problem, problemSummary } from './form.ts'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths, pathWith } from './paths.ts'
import { type AskedFor, askedFor, sentAfterwards } from './sign-in.ts'

export interface NewPersonView {
  readonly formToken: string
  /** What was typed before. */
  readonly name?: string
  readonly email?: string
  readonly minimumPasswordLength: number
  readonly problems?: readonly Problem[]
}

export interface SignUpView extends NewPersonView {
  /** Where to go on afterwards, as a path of this site; posted back as `continue`. */
  readonly continue?: string
  /** The application that asked for the sign-in, if one did. */
  readonly destination?: AskedFor
}

/** Posts `name`, `email`, `password`, `continue` and `form_token` to `paths.signUp`. */
export function signUpPage(site: PageSite, view: SignUpView): string {
  const fields = newPersonFields(view)
  const signInHref = pathWith(paths.signIn, { continue: view.continue })
  return pageOf(site, {
    title: 'Create an account',
    shape: 'card',
    isRefused: view.problems !== undefined,
    content: html`
${view.destination !== undefined && askedFor(html`You make an account at <bdi>${site.name}</bdi>`, view.destination)}
${problemSummary(view.problems, fields)}
<form method="post" action="${paths.signUp}" novalidate>
${hiddenInputs({ form_token: view.formToken, continue: view.continue })}
${fields.map((field) => fieldWith(field, view.problems))}
<button id="signup-submit" class="primary" type="submit">Create account</button>
</form>`,
    below: html`
${sentAfterwards('With your new account', view.destination, view.continue)}
<p>Already registered? <a id="login-link" href="${signInHref}">Sign in</a></p>`,
  })
}

export function newPersonFields(view: NewPersonView): readonly Field[] {
  return [
    { id: 'signup-name', name: 'name', label: 'Your name', type: 'text', autocomplete: 'name', value: view.name },
    { id: 'signup-identifier', name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: view.email },
    {
      id: 'signup-password',
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'new-password',
      hint: `At least ${view.minimumPasswordLength} characters, of any kind. A few unrelated words are easy to remember and hard to guess.`,
    },
  ]
}
