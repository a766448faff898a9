/** The page that asks for a permission: who asks, for what, for how long, and where the answer goes. */
import { type Destination, destinationWords, hostOf, isLoopback, nameOf } from './destination.ts'
import { hiddenInputs } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths } from './paths.ts'

export interface AskedScope {
  readonly scope: string
  /** What the application could do, in a person's words. */
  readonly sentence: string
  /** Cannot be left out (`openid`). */
  readonly isRequired?: boolean
  /** The person has said yes to it before. */
  readonly wasGiven?: boolean
}

export interface ConsentView {
  readonly formToken: string
  /** Whatever else binds the answer to this request (its id). */
  readonly hidden?: Readonly<Record<string, string>>
  readonly destination: Destination
  readonly clientId: string
  /** As the application registered it; linked only if it is a web address. */
  readonly homepage?: string
  /** Whether an operator of this installation vouches for the application. */
  readonly isVerified: boolean
  readonly scopes: readonly AskedScope[]
  readonly person: { readonly name: string; readonly email: string }
  /** Scopes an API key of the application's own would carry; absent where it asks for none. */
  readonly keyScopes?: readonly string[]
  /** Where to sign in as somebody else. */
  readonly switchHref: string
  /** `until_sign_out`: access ends with this sign-in. `until_taken_back`: it goes on while the person is away (`offline_access`). */
  readonly lasts: 'until_sign_out' | 'until_taken_back'
}

/** Posts `decision` (`allow` or `deny`), `scope` once for each box left ticked, `form_token` and what is in `hidden` to `paths.consent`. */
export function consentPage(site: PageSite, view: ConsentView): string {
  const name = nameOf(view.destination.applicationName)
  return pageOf(site, {
    title: 'Allow access?',
    shape: 'ask',
    content: html`
<p class="lead"><b>${name}</b> asks to use your account at <bdi>${site.name}</bdi>.</p>
${applicationFacts(site, view)}
${isLoopback(view.destination.redirectUri) && loopbackWarning()}
<form method="post" action="${paths.consent}">
${hiddenInputs({ ...view.hidden, form_token: view.formToken })}
<fieldset class="scopes"><legend>It would be able to</legend>${view.scopes.map(scopeBox)}</fieldset>
${view.keyScopes !== undefined && keyNotice(name, view.keyScopes)}
<p>It does not get your password, or anything that is not ticked here.</p>
<p>${DURATIONS[view.lasts]}</p>
<div class="answers">
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

const DURATIONS: Readonly<Record<ConsentView['lasts'], string>> = {
  until_sign_out: 'The access ends when you sign out here. You can take it back before that, on the page of your account.',
  until_taken_back: 'The access goes on while you are away. You can take it back at any time, on the page of your account.',
}

function applicationFacts(site: PageSite, view: ConsentView): Html {
  return html`
<dl class="facts">
<div><dt>Answer goes to</dt><dd id="consent-host" class="host"><bdi dir="ltr">${hostOf(view.destination.redirectUri)}</bdi></dd></div>
${homepageFact(view.homepage)}
<div><dt>Application id</dt><dd id="consent-client" class="host"><bdi dir="ltr">${view.clientId}</bdi></dd></div>
<div><dt>Known here</dt><dd id="consent-verified">${
    view.isVerified
      ? html`<span class="mark good">Verified by <bdi>${site.name}</bdi></span>`
      : html`<span class="mark warn">Not verified by <bdi>${site.name}</bdi></span>`
  }</dd></div>
</dl>`
}

function homepageFact(homepage: string | undefined): Html | undefined {
  const url = homepage === undefined ? null : URL.parse(homepage)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const words = html`<bdi dir="ltr">${url.host}${url.pathname === '/' ? '' : url.pathname}</bdi>`
  return html`<div><dt>Says it is at</dt><dd class="host"><a href="${url.href}" rel="noopener noreferrer nofollow" target="_blank">${words}</a></dd></div>`
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

function scopeBox(asked: AskedScope, index: number): Html {
  const id = `consent-scope-${index + 1}`
  const before = asked.wasGiven && html` <span class="hint">You allowed this before.</span>`
  if (asked.isRequired) {
    return html`<div class="choice fixed">${hiddenInputs({ scope: asked.scope })}<span class="tick" aria-hidden="true">✓</span>
<span>${asked.sentence} <span class="hint">Always part of it.</span></span></div>`
  }
  return html`<div class="choice"><input id="${id}" type="checkbox" name="scope" value="${asked.scope}" checked>
<label for="${id}">${asked.sentence}${before}</label></div>`
}
