/** The page behind the one-time link of the first start. */
import { fieldWith, hiddenInputs, problemSummary } from './form.ts'
import { html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths } from './paths.ts'
import { type NewPersonView, newPersonFields } from './sign-up.ts'

export interface FirstOperatorView extends NewPersonView {
  /** The one-time token of the link; posted back as `link`. */
  readonly link: string
}

/** Posts `name`, `email`, `password`, `link` and `form_token` to `paths.firstOperator`. */
export function firstOperatorPage(site: PageSite, view: FirstOperatorView): string {
  const fields = newPersonFields(view)
  return pageOf(site, {
    title: 'Become the first operator',
    shape: 'card',
    isRefused: view.problems !== undefined,
    content: html`
<p>An operator runs this installation: makes and revokes API keys, registers applications, and sees what happened.</p>
${problemSummary(view.problems, fields)}
<form method="post" action="${paths.firstOperator}" novalidate>
${hiddenInputs({ form_token: view.formToken, link: view.link })}
${fields.map((field) => fieldWith(field, view.problems))}
<button id="signup-submit" class="primary" type="submit">Create operator</button>
</form>`,
    below: html`<p id="destination">This link works once. Afterwards, you go to the page of <b>keys</b> here.</p>`,
  })
}
