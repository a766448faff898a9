/** A person's own page: where they are signed in, and who may act for them. */
import { hiddenInputs, notice } from './form.ts'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { moment } from './moment.ts'
import { paths } from './paths.ts'
import { browserWords } from './user-agent.ts'

export interface AccountView {
  readonly formToken: string
  readonly person: SignedInPerson
  readonly sessions: readonly SignedInDevice[]
  readonly applicationCount: number
  /** What has just been done (“The device is signed out.”). */
  readonly notice?: string
}

export interface SignedInDevice {
  readonly sessionId: string
  readonly address?: string
  readonly userAgent?: string
  /** Epoch milliseconds. */
  readonly since: number
  readonly isThisOne: boolean
}

/** Posts `session_id` and `form_token` to `paths.endSession`, `form_token` to `paths.endOtherSessions`. Signing out is asked on its own page. */
export function accountPage(site: PageSite, view: AccountView): string {
  return pageOf(site, {
    title: 'Your account',
    shape: 'sheet',
    person: view.person,
    here: paths.account,
    content: html`
${notice(view.notice)}
<div class="person">
<div><p><b><bdi>${view.person.name}</bdi></b>${view.person.isOperator && html` <span class="mark">Operator</span>`}</p>
<p class="soft"><bdi class="host">${view.person.email}</bdi></p></div>
<a class="button" id="account-sign-out" href="${paths.signOut}">Sign out</a>
</div>
<section aria-labelledby="devices"><h2 id="devices">Where you are signed in</h2>
<ul class="rows">${view.sessions.map((session) => deviceRow(session, view.formToken))}</ul>
${
  view.sessions.length > 1 &&
  html`<form method="post" action="${paths.endOtherSessions}">${hiddenInputs({ form_token: view.formToken })}
<button type="submit" id="end-other-sessions">Sign out everywhere else</button></form>`
}</section>
<section aria-labelledby="applications"><h2 id="applications">Applications that may act for you</h2>
<p>${applicationsWords(view.applicationCount)} <a id="account-applications" href="${paths.applications}">${view.applicationCount === 0 ? 'How this works' : 'See what they may do, and take it back'}</a></p></section>
<section aria-labelledby="tokens"><h2 id="tokens">Your own programs</h2>
<p>A program of yours comes in with an access token, not with your password. <a id="account-tokens" href="${paths.tokens}">Your access tokens</a></p></section>`,
  })
}

function deviceRow(session: SignedInDevice, formToken: string): Html {
  const words = browserWords(session.userAgent)
  return html`<li id="session-${session.sessionId}">
<div><p><b><bdi>${words}</bdi></b>${session.isThisOne && html` <span class="mark good">This one</span>`}</p>
<p class="soft">${session.address !== undefined && html`<bdi class="host">${session.address}</bdi> · `}since ${moment(session.since)}</p></div>
<form method="post" action="${paths.endSession}">${hiddenInputs({ form_token: formToken, session_id: session.sessionId })}
<button type="submit">Sign out<span class="unseen"> ${words}</span></button></form>
</li>`
}

function applicationsWords(count: number): string {
  if (count === 0) return 'None so far.'
  return count === 1 ? 'One application.' : `${count} applications.`
}
