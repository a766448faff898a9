/** What is known of an application, before a person allows it anything; and the boxes of what it asks for. */
import { nameOf } from './destination.ts'
import { hiddenInputs } from './form.ts'
import { type Html, html } from './html.ts'
import type { PageSite } from './layout.ts'

export interface AskedScope {
  readonly scope: string
  /** What the application could do, in a person's words. */
  readonly sentence: string
  /** Cannot be left out (`openid`). */
  readonly isRequired?: boolean
  /** The person has said yes to it before. */
  readonly wasGiven?: boolean
}

/** Who made the registration: the application itself, an account here, or the operators of this site. */
export type Maker = { readonly kind: 'itself' } | { readonly kind: 'operators' } | { readonly kind: 'account'; readonly name: string }

export interface ApplicationFacts {
  readonly clientId: string
  /** Path of this site at which its logo is; only of an application that is vouched for. */
  readonly logo?: string
  /** Web addresses as the application registered them; anything else is not shown. */
  readonly homepage?: string
  readonly policy?: string
  readonly terms?: string
  readonly maker: Maker
  /** Whether an operator of this installation vouches for the application. */
  readonly isVerified: boolean
}

/** @param host where the answer goes, if it goes anywhere. */
export function factsOf(site: PageSite, facts: ApplicationFacts, host?: string): Html {
  return html`
<dl class="facts">
${host !== undefined && html`<div><dt>Answer goes to</dt><dd id="consent-host" class="host"><bdi dir="ltr">${host}</bdi></dd></div>`}
${linkFact('Says it is at', facts.homepage)}
${linkFact('Privacy policy', facts.policy)}
${linkFact('Terms', facts.terms)}
<div><dt>Made by</dt><dd id="consent-maker">${makerWords(site, facts.maker, facts.isVerified)}</dd></div>
<div><dt>Application id</dt><dd id="consent-client" class="host"><bdi dir="ltr">${facts.clientId}</bdi></dd></div>
<div><dt>Known here</dt><dd id="consent-verified">${assuranceMark(site, facts.isVerified)}</dd></div>
</dl>
${!facts.isVerified && unverifiedWarning(site, facts.maker)}`
}

export function assuranceMark(site: PageSite, isVerified: boolean): Html {
  return isVerified
    ? html`<span class="mark good">Verified by <bdi>${site.name}</bdi></span>`
    : html`<span class="mark warn">Not verified by <bdi>${site.name}</bdi></span>`
}

export function makerWords(site: PageSite, maker: Maker, isVerified: boolean): Html {
  if (maker.kind === 'itself')
    return isVerified ? html`Somebody known to the operators of <bdi>${site.name}</bdi>: it registered itself` : html`Not known: it registered itself`
  return maker.kind === 'account' ? html`${nameOf(maker.name)}, an account at <bdi>${site.name}</bdi>` : html`The operators of <bdi>${site.name}</bdi>`
}

function unverifiedWarning(site: PageSite, maker: Maker): Html {
  return html`<p class="warning" id="consent-unverified"><b>Anybody can choose this name.</b>
<bdi>${site.name}</bdi> has not checked who is behind it${maker.kind === 'itself' && ', because it registered itself'}. Go on only if you know where it comes from.</p>`
}

function linkFact(words: string, address: string | undefined): Html | undefined {
  const link = addressLink(address)
  return link && html`<div><dt>${words}</dt><dd class="host">${link}</dd></div>`
}

/** A link that shows where it leads; `undefined` where the address is none of the web. */
export function addressLink(address: string | undefined): Html | undefined {
  const url = address === undefined ? null : URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const text = html`<bdi dir="ltr">${url.host}${url.pathname === '/' ? '' : url.pathname}</bdi>`
  return html`<a href="${url.href}" rel="noopener noreferrer nofollow" target="_blank">${text}</a>`
}

/** Words about an application, and its logo at their end: there nothing moves when the picture comes late or not at all. It says nothing that the words do not. */
export function besideLogo(words: Html, logo: string | undefined): Html {
  return logo === undefined ? words : html`<div class="asker">${words}${logoImage(logo)}</div>`
}

export function logoImage(logo: string): Html {
  return html`<img class="logo" src="${logo}" alt="" width="56" height="56">`
}

export function scopeBox(asked: AskedScope, index: number): Html {
  const id = `consent-scope-${index + 1}`
  const before = asked.wasGiven && html` <span class="hint">You allowed this before.</span>`
  if (asked.isRequired) {
    return html`<div class="choice fixed">${hiddenInputs({ scope: asked.scope })}<span class="tick" aria-hidden="true">✓</span>
<span>${asked.sentence} <span class="hint">Always part of it.</span></span></div>`
  }
  return html`<div class="choice"><input id="${id}" type="checkbox" name="scope" value="${asked.scope}" checked>
<label for="${id}">${asked.sentence}${before}</label></div>`
}

/** How long it lasts, in words. `until_sign_out`: access ends with this sign-in. `until_taken_back`: it goes on while the person is away (`offline_access`). */
export type Lasting = 'until_sign_out' | 'until_taken_back'

export const lastingWords: Readonly<Record<Lasting, string>> = {
  until_sign_out: 'The access ends when you sign out here. You can take it back before that, on the page of your account.',
  until_taken_back:
    'The access goes on while you are signed out, unless you untick that: then it ends when you sign out. You can take it back at any time, on the page of your account.',
}
