/** The page that asks for a permission: who asks, for what, for how long, and where the answer goes. */
import { type ApplicationFacts, type AskedScope, besideLogo, factsOf, type Lasting, lastingWords, scopeBox } from './application-facts.ts'
import { type Destination, destinationWords, hostOf, isLongName, isLoopback, nameOf } from './destination.ts'
import { hiddenInputs } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths } from './paths.ts'

export interface ConsentView extends ApplicationFacts {
  readonly formToken: string
  /** Whatever else binds the answer to this request (its id). */
  readonly hidden?: Readonly<Record<string, string>>
  readonly destination: Destination
  readonly scopes: readonly AskedScope[]
  readonly person: { readonly name: string; readonly email: string }
  /** Scopes an API key of the application's own would carry; absent where it asks for none. */
  readonly keyScopes?: readonly string[]
  /** Where to sign in as somebody else. */
  readonly switchHref: string
  readonly lasts: Lasting
}

/** Posts `decision` (`allow` or `deny`), `scope` once for each box left ticked, `form_token` and what is in `hidden` to `paths.consent`. */
export function consentPage(site: PageSite, view: ConsentView): string {
  const name = nameOf(view.destination.applicationName)
  return pageOf(site, {
    title: 'Allow access?',
    shape: 'ask',
    content: html`
${besideLogo(html`<p class="lead"><b>${name}</b> asks to use your account at <bdi>${site.name}</bdi>.</p>`, view.logo)}
${factsOf(site, view, hostOf(view.destination.redirectUri))}
${isLoopback(view.destination.redirectUri) && loopbackWarning()}
<form method="post" action="${paths.consent}">
${hiddenInputs({ ...view.hidden, form_token: view.formToken })}
<fieldset class="scopes"><legend>It would be able to</legend>${view.scopes.map(scopeBox)}</fieldset>
${view.keyScopes !== undefined && keyNotice(name, view.keyScopes)}
<p>It does not get your password, or anything that is not ticked here.</p>
<p>${lastingWords[view.lasts]}</p>
<div class="answers${isLongName(view.destination.applicationName) && ' stacked'}">
<button id="consent-deny" name="decision" value="deny" type="submit">Deny</button>
<button id="consent-allow" class="primary" name="decision" value="allow" type="submit">Allow and continue to ${name}</button>
</div>
</form>`,
    below: html`
<p id="destination">Either answer takes you to ${destinationWords(view.destination)}.</p>
<p id="signed-in-as">You are signed in as <bdi>${view.person.name}</bdi> (<bdi class="host">${view.person.email}</bdi>).
<a id="switch-person" href="${view.switchHref}">Not you?</a></p>`,
  })
}

function loopbackWarning(): Html {
  return html`<p class="warning" id="consent-loopback"><b>This is a program on your own computer.</b>
Any program there can use this name. Allow it only if you started it yourself just now.</p>`
}

function keyNotice(name: Html, scopes: readonly string[]): Html {
  const words = scopes.length === 0 ? 'nothing but tell who it acts for' : scopes.map((scope) => html`<code class="scope">${scope}</code> `)
  return html`<p class="warning" id="consent-key"><b>An API key will be made for ${name}.</b>
It can do what you leave ticked of: ${words}. It works until you take it back, also when you are signed out.</p>`
}
