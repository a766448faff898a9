/** A person's personal access tokens: made with a name, scopes and an end, seen, and revoked (K18). */
import { type Choice, choices, fieldWith, hiddenInputs, networksField, notice, type Problem, problemSummary } from './form.ts'
import { type Html, html } from './html.ts'
import { revoking, scopeWords } from './key-rows.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { moment } from './moment.ts'
import { paths } from './paths.ts'

export interface TokensView {
  readonly formToken: string
  readonly person: SignedInPerson
  /** Active ones, newest first. */
  readonly tokens: readonly ShownToken[]
  /** What a token can carry. */
  readonly scopes: readonly Choice[]
  /** How many days it can be made to live, shortest first, and which of them is proposed. */
  readonly days: readonly number[]
  readonly usualDays: number
  /** Whether the form has a field for networks. */
  readonly asksNetworks?: boolean
  readonly notice?: string
  readonly refused?: TokenFormValues & { readonly problems: readonly Problem[] }
}

export interface TokenFormValues {
  readonly name: string
  readonly scopes: readonly string[]
  readonly days: string
  readonly networks?: string
}

export interface ShownToken {
  readonly id: string
  readonly name: string
  readonly fingerprint: string
  readonly scopes: readonly string[]
  /** Epoch milliseconds, all three. */
  readonly createdAt: number
  readonly expiresAt?: number
  readonly lastUsedAt?: number
}

/** Posts `name`, `scope` (once for each box), `days` and, where it is asked for, `networks` to `paths.tokens`, `token_id` to `paths.endToken`; `form_token` with each. */
export function tokensPage(site: PageSite, view: TokensView): string {
  const { refused } = view
  const problems = refused?.problems
  const problemAt = (name: string): string | undefined => problems?.find(({ field }) => field === name)?.message
  return pageOf(site, {
    title: 'Your access tokens',
    shape: 'sheet',
    person: view.person,
    here: paths.tokens,
    isRefused: refused !== undefined,
    content: html`
${notice(view.notice)}
${problemSummary(problems, [
  { id: 'token-name', name: 'name' },
  { id: 'token-scope', name: 'scope' },
  { id: 'token-days', name: 'days' },
  { id: 'token-networks', name: 'networks' },
])}
<p>A token lets a program of yours act as you, within what you tick. Whoever holds it can do so: make one for each program, and revoke what you no longer use.</p>
${
  view.tokens.length === 0
    ? html`<p class="empty">You have no tokens.</p>`
    : html`<ul class="rows">${view.tokens.map((token) => tokenRow(token, view.formToken))}</ul>`
}
<section aria-labelledby="new-token"><h2 id="new-token">Make a token</h2>
<form method="post" action="${paths.tokens}" novalidate>${hiddenInputs({ form_token: view.formToken })}
${fieldWith({ id: 'token-name', name: 'name', label: 'What it is for', type: 'text', autocomplete: 'off', value: refused?.name }, problems)}
${choices({ legend: 'What it may do', name: 'scope', idPrefix: 'token-scope', type: 'checkbox', choices: view.scopes, chosen: refused?.scopes ?? [], problem: problemAt('scope') })}
${choices({
  legend: 'How long it lives',
  name: 'days',
  idPrefix: 'token-days',
  type: 'radio',
  choices: view.days.map((count) => ({ value: String(count), label: `${count} days` })),
  chosen: [refused?.days ?? String(view.usualDays)],
  problem: problemAt('days'),
})}
${view.asksNetworks === true && networksField('token-networks', refused?.networks, problems)}
<button type="submit" id="token-submit" class="primary">Make the token</button></form></section>
<p><a class="button" id="tokens-back" href="${paths.account}">Back to your account</a></p>`,
  })
}

function tokenRow(token: ShownToken, formToken: string): Html {
  const used = token.lastUsedAt === undefined ? html`never used` : html`last used ${moment(token.lastUsedAt)}`
  return html`<li id="token-${token.id}">
<div><p><b><bdi>${token.name}</bdi></b> <code class="soft">${token.fingerprint}</code></p>
<p class="soft">made ${moment(token.createdAt)}${token.expiresAt !== undefined && html` · ends ${moment(token.expiresAt)}`} · ${used}</p>
<p class="soft">${scopeWords(token.scopes)}</p></div>
${revoking(token, { action: paths.endToken, fields: { form_token: formToken, token_id: token.id }, words: 'Calls with this token are refused at once.' })}
</li>`
}
