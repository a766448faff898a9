/** Forms and their fields: a label for each, errors at the field and in a summary that takes the focus. */
import { type Html, type HtmlValue, html, withoutInvisible } from './html.ts'

/** What is wrong with a form, and what to do about it. Without a field it is about the whole form. */
export interface Problem {
  /** Name of the field, as posted. */
  readonly field?: string
  readonly message: string
}

export interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'password'
  readonly autocomplete: string
  readonly hint?: string | Html
  readonly value?: string | undefined
  readonly isOptional?: boolean
  /** Letters that are copied from elsewhere: no keyboard should mend them. */
  readonly isCode?: boolean
}

export function problemSummary(problems: readonly Problem[] | undefined, fields: readonly { readonly id: string; readonly name: string }[]): HtmlValue {
  if (problems === undefined || problems.length === 0) return undefined
  const items = problems.map((problem) => {
    const field = fields.find((candidate) => candidate.name === problem.field)
    return field === undefined ? html`<li>${problem.message}</li>` : html`<li><a href="#${field.id}">${problem.message}</a></li>`
  })
  return html`<div class="problems" id="problems" role="alert" tabindex="-1" autofocus><h2>Please check</h2><ul>${items}</ul></div>`
}

/** What has just been done. Takes the focus, so that it is read out, and the keyboard goes on from there. */
export function notice(words: string | undefined): HtmlValue {
  return words !== undefined && html`<p class="notice" id="notice" role="status" tabindex="-1" autofocus>${words}</p>`
}

export function fieldWith(field: Field, problems: readonly Problem[] | undefined): Html {
  const problem = problems?.find((candidate) => candidate.field === field.name)
  const described = [field.hint !== undefined && `${field.id}-hint`, problem !== undefined && `${field.id}-problem`].filter((id) => id !== false).join(' ')
  const isEmail = field.type === 'email'
  return html`
<div class="field">
<label for="${field.id}">${field.label}${field.isOptional && html` <span class="soft">(optional)</span>`}</label>
${field.hint !== undefined && html`<p class="hint" id="${field.id}-hint">${field.hint}</p>`}
${problem !== undefined && html`<p class="problem" id="${field.id}-problem">${problem.message}</p>`}
<input id="${field.id}" name="${field.name}" type="${field.type}" autocomplete="${field.autocomplete}"${[
    isEmail && html` inputmode="email" autocapitalize="none" spellcheck="false"`,
    field.isCode && html` class="code" autocapitalize="characters" autocorrect="off" spellcheck="false"`,
    field.isOptional !== true && html` required`,
    field.value !== undefined && html` value="${withoutInvisible(field.value)}"`,
    described !== '' && html` aria-describedby="${described}"`,
    problem !== undefined && html` aria-invalid="true"`,
  ]}>
</div>`
}

/** Where policy demands an allow-list (K8). */
export function networksField(id: string, value: string | undefined, problems: readonly Problem[] | undefined): Html {
  const hint = 'Addresses or blocks such as 192.0.2.0/24, with spaces between them.'
  return fieldWith({ id, name: 'networks', label: 'Networks it works from', type: 'text', autocomplete: 'off', hint, value, isOptional: true }, problems)
}

/** Inputs a person does not see; absent values make none. */
export function hiddenInputs(values: Readonly<Record<string, string | undefined>>): readonly Html[] {
  return Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}

export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

/** A group of boxes that post under one name. */
export function choices(options: {
  readonly legend: string
  readonly name: string
  readonly idPrefix: string
  readonly type: 'checkbox' | 'radio'
  readonly choices: readonly Choice[]
  readonly chosen: readonly string[]
  readonly problem?: string | undefined
}): Html {
  const { idPrefix, name, type, problem } = options
  const boxes = options.choices.map((choice, index) => {
    const checked = options.chosen.includes(choice.value) && html` checked`
    const id = `${idPrefix}-${index + 1}`
    return html`<div class="choice">
<input id="${id}" type="${type}" name="${name}" value="${choice.value}"${checked}><label for="${id}">${choice.label}${
      choice.hint !== undefined && html` <span class="hint">${choice.hint}</span>`
    }</label></div>`
  })
  const described = problem !== undefined && html` aria-describedby="${idPrefix}-problem"`
  return html`
<fieldset id="${idPrefix}"${described} tabindex="-1"><legend>${options.legend}</legend>
${problem !== undefined && html`<p class="problem" id="${idPrefix}-problem">${problem}</p>`}
${boxes}
</fieldset>`
}
