/** An operator's page: the API keys of an account and the root keys of the installation. */
import { type Environment, type KeyKind, keyKinds } from '@latchwork/kernel'
import { type Choice, choices, fieldWith, hiddenInputs, networksField, notice, type Problem, problemSummary } from './form.ts'
import { type Html, html } from './html.ts'
import { revoking, scopeWords } from './key-rows.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { moment } from './moment.ts'
import { paths } from './paths.ts'

export interface OperatorKeysView {
  readonly formToken: string
  readonly person: SignedInPerson
  /** The account whose keys these are; posted back as `account_id`. */
  readonly account: { readonly id: string; readonly name: string }
  readonly keys: readonly ShownKey[]
  readonly rootKeys: readonly ShownRootKey[]
  /** Scopes an API key can carry, with their sentences. */
  readonly scopes: readonly Choice[]
  readonly rootScopes: readonly Choice[]
  /** How many days an API key can be made to live, where it must have an end: shortest first, and which of them is proposed. */
  readonly days?: readonly number[]
  readonly usualDays?: number
  /** Whether the form for API keys has a field for networks. */
  readonly asksNetworks?: boolean
  /** A refused form, as it was posted, with what is wrong with it. */
  readonly refused?: { readonly form: 'key' | 'root_key'; readonly values: KeyFormValues; readonly problems: readonly Problem[] }
  readonly notice?: string
}

export interface KeyFormValues {
  readonly name?: string
  readonly kind?: string
  readonly environment?: string
  readonly scopes?: readonly string[]
  readonly networks?: string
  readonly days?: string
}

export interface ShownRootKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly fingerprint: string
  readonly status: 'active' | 'not_yet_valid' | 'expired' | 'revoked'
  /** Epoch milliseconds. */
  readonly createdAt: number
}

export interface ShownKey extends ShownRootKey {
  readonly kind: KeyKind
  readonly environment: Environment
  readonly isPrimary: boolean
  /** Of a publishable key: the whole of it, which may be seen. */
  readonly publicText?: string
}

/**
 * Posts `name`, `kind`, `environment`, `scope` (once for each box), where they are asked for `days` and `networks`, and `account_id` to `paths.keys`; `name` and `scope` to `paths.rootKeys`;
 * `key_id` to `paths.revokeKey` and `paths.revokeRootKey`; `form_token` with each.
 */
export function operatorKeysPage(site: PageSite, view: OperatorKeysView): string {
  const { formToken } = view
  return pageOf(site, {
    title: 'Keys',
    shape: 'sheet',
    person: view.person,
    here: paths.keys,
    isRefused: view.refused !== undefined,
    content: html`
${notice(view.notice)}
${view.refused !== undefined && problemSummary(view.refused.problems, formTargets(view.refused.form))}
<section aria-labelledby="api-keys"><h2 id="api-keys">API keys of <bdi>${view.account.name}</bdi></h2>
<p class="soft">For programs that call your APIs.</p>
${keyList(view.keys.map((key) => keyRow(key, formToken)))}
${keyForm(view)}</section>
<section aria-labelledby="root-keys"><h2 id="root-keys">Root keys</h2>
<p class="soft">For programs that manage this installation.</p>
${keyList(view.rootKeys.map((key) => rootKeyRow(key, formToken)))}
${rootKeyForm(view)}</section>`,
  })
}

const FORM_FIELDS = ['name', 'kind', 'environment', 'scope', 'days', 'networks'] as const
const ID_PREFIXES = { key: 'key', root_key: 'root-key' } as const

function formTargets(form: 'key' | 'root_key'): readonly { readonly id: string; readonly name: string }[] {
  return FORM_FIELDS.map((name) => ({ id: `${ID_PREFIXES[form]}-${name}`, name }))
}

function keyForm(view: OperatorKeysView): Html {
  const refused = view.refused?.form === 'key' ? view.refused : undefined
  const { values = {}, problems } = refused ?? {}
  const problemOf = (field: string) => problems?.find((problem) => problem.field === field)?.message
  const kinds = [
    { value: 'sk', label: 'Secret', hint: 'Everything you tick. Two at most in each environment.' },
    { value: 'rk', label: 'Restricted', hint: 'For one job. As many as you need.' },
  ]
  const environments = [
    { value: 'test', label: 'Test', hint: 'Opens test data only.' },
    { value: 'live', label: 'Live', hint: 'Opens live data only.' },
  ]
  return html`
<details class="make" id="make-key"${refused !== undefined && html` open`}><summary>Make an API key</summary>
<form method="post" action="${paths.keys}" novalidate>
${hiddenInputs({ form_token: view.formToken, account_id: view.account.id })}
${nameField('key', values.name, 'What it is for, such as “Nightly export”.', problems)}
<div class="pair">
${choices({ legend: 'Kind', name: 'kind', idPrefix: 'key-kind', type: 'radio', choices: kinds, chosen: [values.kind ?? 'sk'], problem: problemOf('kind') })}
${choices({ legend: 'Environment', name: 'environment', idPrefix: 'key-environment', type: 'radio', choices: environments, chosen: [values.environment ?? 'test'], problem: problemOf('environment') })}
</div>
${choices({ legend: 'What it may do', name: 'scope', idPrefix: 'key-scope', type: 'checkbox', choices: view.scopes, chosen: values.scopes ?? [], problem: problemOf('scope') })}
${view.days !== undefined && lifetimes(view.days, values.days || String(view.usualDays ?? ''), problemOf('days'))}
${view.asksNetworks === true && networksField('key-networks', values.networks, problems)}
<button id="key-submit" class="primary" type="submit">Make the key</button>
</form></details>`
}

function lifetimes(days: readonly number[], chosen: string, problem: string | undefined): Html {
  const choosable = days.map((count) => ({ value: String(count), label: `${count} ${count === 1 ? 'day' : 'days'}` }))
  return choices({
    legend: 'How long it lives',
    name: 'days',
    idPrefix: 'key-days',
    type: 'radio',
    choices: choosable,
    chosen: [chosen],
    problem,
  })
}

function rootKeyForm(view: OperatorKeysView): Html {
  const refused = view.refused?.form === 'root_key' ? view.refused : undefined
  const { values = {}, problems } = refused ?? {}
  const problem = problems?.find((candidate) => candidate.field === 'scope')?.message
  return html`
<details class="make" id="make-root-key"${refused !== undefined && html` open`}><summary>Make a root key</summary>
<form method="post" action="${paths.rootKeys}" novalidate>
${hiddenInputs({ form_token: view.formToken })}
${nameField('root-key', values.name, 'The program that will hold it, such as “Terraform”.', problems)}
${choices({ legend: 'What it may do', name: 'scope', idPrefix: 'root-key-scope', type: 'checkbox', choices: view.rootScopes, chosen: values.scopes ?? [], problem })}
<button id="root-key-submit" class="primary" type="submit">Make the root key</button>
</form></details>`
}

function nameField(idPrefix: string, value: string | undefined, hint: string, problems: readonly Problem[] | undefined): Html {
  return fieldWith({ id: `${idPrefix}-name`, name: 'name', label: 'Name', type: 'text', autocomplete: 'off', hint, value }, problems)
}

function keyList(rows: readonly Html[]): Html {
  return rows.length === 0 ? html`<p class="empty">None yet.</p>` : html`<ul class="rows">${rows}</ul>`
}

function keyRow(key: ShownKey, formToken: string): Html {
  const environment = html` <span class="mark${key.environment === 'live' && ' accent'}">${key.environment}</span>`
  const kind = html`${keyKinds[key.kind]}${key.isPrimary && ', primary'} · `
  return rowOf({ ...key, fingerprint: key.publicText ?? key.fingerprint }, { environment, kind }, paths.revokeKey, formToken)
}

function rootKeyRow(key: ShownRootKey, formToken: string): Html {
  return rowOf(key, {}, paths.revokeRootKey, formToken)
}

const STATUSES: Readonly<Record<ShownRootKey['status'], string>> = { active: '', not_yet_valid: 'Not valid yet', expired: 'Expired', revoked: 'Revoked' }

function rowOf(key: ShownRootKey, facts: { readonly environment?: Html; readonly kind?: Html }, revokePath: string, formToken: string): Html {
  const isOver = key.status === 'revoked' || key.status === 'expired'
  const status = key.status !== 'active' && html` <span class="mark warn">${STATUSES[key.status]}</span>`
  return html`<li id="${key.id}"${isOver && html` class="over"`}>
<div><p><b><bdi>${key.name}</bdi></b>${facts.environment}${status}</p>
<p class="soft">${facts.kind}made ${moment(key.createdAt)}</p>
<p class="soft"><code>${key.fingerprint}</code> · <code>${key.id}</code></p>
<p class="soft">${scopeWords(key.scopes)}</p></div>
${!isOver && revoking(key, { action: revokePath, fields: { form_token: formToken, key_id: key.id }, words: 'Calls with this key are refused at once.' })}
</li>`
}
