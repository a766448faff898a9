/** The pages of a device without a browser (RFC 8628 §3.3): its code, the question, the end. */
import { type ApplicationFacts, type AskedScope, besideLogo, factsOf, type Lasting, lastingWords, scopeBox } from './application-facts.ts'
import { isLongName, nameOf } from './destination.ts'
import { type Field, fieldWith, hiddenInputs, type Problem, problemSummary } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { moment } from './moment.ts'
import { paths, pathWith } from './paths.ts'

export interface DeviceCodeView {
  readonly formToken: string
  readonly person: Pick<SignedInPerson, 'name' | 'email'>
  /** As it came with the address (`verification_uri_complete`), or as it was typed before. */
  readonly userCode?: string
  readonly problems?: readonly Problem[]
}

/** Posts `user_code` and `form_token` to `paths.device`. */
export function deviceCodePage(site: PageSite, view: DeviceCodeView): string {
  const field: Field = {
    id: 'device-code',
    name: 'user_code',
    label: 'Code on the device',
    type: 'text',
    autocomplete: 'off',
    hint: html`Eight letters, such as <span class="code">WDJB-MJHT</span>. Only go on if your own device shows it now.`,
    isCode: true,
    value: view.userCode,
  }
  return pageOf(site, {
    title: 'Connect a device',
    shape: 'card',
    isRefused: view.problems !== undefined,
    content: html`
${problemSummary(view.problems, [field])}
<form method="post" action="${paths.device}" novalidate>
${hiddenInputs({ form_token: view.formToken })}
${fieldWith(field, view.problems)}
<button id="device-submit" class="primary" type="submit">Continue</button>
</form>`,
    below: signedInAs(view.person, view.userCode),
  })
}

export interface DeviceAskView extends ApplicationFacts {
  readonly formToken: string
  readonly applicationName: string
  /** As people read it: `WDJB-MJHT`. */
  readonly userCode: string
  /** Where and when the device asked. */
  readonly address?: string
  readonly askedAt: number
  readonly scopes: readonly AskedScope[]
  readonly person: Pick<SignedInPerson, 'name' | 'email'>
  readonly lasts: Lasting
}

/** Posts `decision` (`allow` or `deny`), `scope` once for each box left ticked, `user_code` and `form_token` to `paths.deviceAnswer`. */
export function deviceAskPage(site: PageSite, view: DeviceAskView): string {
  const name = nameOf(view.applicationName)
  return pageOf(site, {
    title: 'Allow this device?',
    shape: 'ask',
    content: html`
${besideLogo(html`<p class="lead"><b>${name}</b> on another device asks to use your account at <bdi>${site.name}</bdi>.</p>`, view.logo)}
${deviceWarning(site, view)}
${factsOf(site, view)}
<form method="post" action="${paths.deviceAnswer}">
${hiddenInputs({ user_code: view.userCode, form_token: view.formToken })}
<fieldset class="scopes"><legend>It would be able to</legend>${view.scopes.map(scopeBox)}</fieldset>
<p>It does not get your password, or anything that is not ticked here.</p>
<p>${lastingWords[view.lasts]}</p>
<div class="answers${isLongName(view.applicationName) && ' stacked'}">
<button id="consent-deny" name="decision" value="deny" type="submit">Deny</button>
<button id="consent-allow" class="primary" name="decision" value="allow" type="submit">Allow ${name} on the device</button>
</div>
</form>`,
    below: signedInAs(view.person, view.userCode),
  })
}

/** RFC 8628 §5.4: whoever sends a person such a code wants to be let in by them. */
function deviceWarning(site: PageSite, view: DeviceAskView): Html {
  return html`<div class="warning" id="device-warning"><p><b>Does your device show <span class="code">${view.userCode}</span>?</b>
If somebody sent you this code, or read it to you, deny: they would get into your account. <bdi>${site.name}</bdi> never sends such codes.</p>
<p>Asked ${moment(view.askedAt)}${view.address !== undefined && html` from <bdi class="host">${view.address}</bdi>`}.</p></div>`
}

function signedInAs(person: DeviceCodeView['person'], userCode: string | undefined): Html {
  const switchHref = pathWith(paths.signIn, { continue: pathWith(paths.device, { user_code: userCode }) })
  return html`<p id="signed-in-as">You are signed in as <bdi>${person.name}</bdi> (<bdi class="host">${person.email}</bdi>).
<a id="switch-person" href="${switchHref}">Not you?</a></p>`
}

export interface DeviceDoneView {
  readonly wasAllowed: boolean
}

export function deviceDonePage(site: PageSite, { wasAllowed }: DeviceDoneView): string {
  return pageOf(site, {
    title: wasAllowed ? 'The device is connected' : 'The device was denied',
    shape: 'card',
    content: html`
<p id="device-done">${wasAllowed ? 'Go back to the device: it goes on by itself in a few seconds. You can close this page.' : 'It got nothing. You can close this page.'}</p>
<p><a class="button" id="device-applications" href="${paths.applications}">Applications that may act for you</a></p>`,
  })
}
