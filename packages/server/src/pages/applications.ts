/** The applications that may act for a person, and the way to take that back (O17). */
import { assuranceMark, logoImage, type Maker, makerWords } from './application-facts.ts'
import { nameOf } from './destination.ts'
import { hiddenInputs, notice } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { moment } from './moment.ts'
import { paths } from './paths.ts'

export interface ApplicationsView {
  readonly formToken: string
  readonly person: SignedInPerson
  readonly applications: readonly ShownApplication[]
  readonly notice?: string
}

export interface ShownApplication {
  readonly consentId: string
  readonly name: string
  /** Path of this site at which its logo is. */
  readonly logo?: string
  /** Where it is: the hosts that answers go to. */
  readonly hosts: readonly string[]
  readonly maker: Maker
  readonly isVerified: boolean
  /** What it may do, in a person's words. */
  readonly sentences: readonly string[]
  /** Epoch milliseconds, both. */
  readonly givenAt: number
  readonly lastUsedAt?: number
  /** Begins a sign-in there (OpenID Connect Core §4). */
  readonly openHref?: string
}

/** Posts `consent_id` and `form_token` to `paths.endConsent`. */
export function applicationsPage(site: PageSite, view: ApplicationsView): string {
  const hasLogos = view.applications.some(({ logo }) => logo !== undefined)
  return pageOf(site, {
    title: 'Applications that may act for you',
    shape: 'sheet',
    person: view.person,
    here: paths.applications,
    content: html`
${notice(view.notice)}
<p>What you take back ends at once: the application is signed out of your account, and asks again if it wants in.</p>
${
  view.applications.length === 0
    ? html`<p class="empty" id="applications-empty">None. When you allow an application, it stands here, and you can take it back.</p>`
    : html`<ul class="rows">${view.applications.map((application) => applicationRow(site, application, view.formToken, hasLogos))}</ul>`
}
<p><a class="button" id="applications-back" href="${paths.account}">Back to your account</a></p>`,
  })
}

function madeBy(site: PageSite, maker: Maker, isVerified: boolean): Html {
  if (maker.kind === 'itself')
    return isVerified
      ? html`It registered itself: the operators of <bdi>${site.name}</bdi> know who made it`
      : html`It registered itself: who made it is not known`
  return maker.kind === 'operators' ? html`Made by the operators of <bdi>${site.name}</bdi>` : html`Made by ${makerWords(site, maker, isVerified)}`
}

/** @param hasLogos whether any of them has a logo: then all leave the room for one. */
function applicationRow(site: PageSite, application: ShownApplication, formToken: string, hasLogos: boolean): Html {
  const name = nameOf(application.name)
  const used = application.lastUsedAt === undefined ? html`not used yet` : html`last used ${moment(application.lastUsedAt)}`
  return html`<li id="consent-${application.consentId}">
${hasLogos && (application.logo === undefined ? html`<span class="logo"></span>` : logoImage(application.logo))}
<div><p><b>${name}</b> ${assuranceMark(site, application.isVerified)}</p>
${application.hosts.length > 0 && html`<p class="soft host"><bdi dir="ltr">${application.hosts.join(', ')}</bdi></p>`}
<ul class="plain">${application.sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
<p class="soft">${madeBy(site, application.maker, application.isVerified)}</p>
<p class="soft">Allowed ${moment(application.givenAt)}, ${used}</p></div>
<div class="doing">${
    application.openHref !== undefined &&
    html`<a class="button" href="${application.openHref}" rel="noopener noreferrer" target="_blank">Open<span class="unseen"> ${name}</span></a>`
  }
<form method="post" action="${paths.endConsent}">${hiddenInputs({ form_token: formToken, consent_id: application.consentId })}
<button type="submit">Take back<span class="unseen"> what ${name} may do</span></button></form></div>
</li>`
}
