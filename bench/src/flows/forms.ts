/** The forms of pages that people fill in. */

export interface Form {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  /** What can be ticked. */
  readonly scopes: readonly string[]
}

/** The first form of a page. */
export function formOf(page: string): Form {
  const attribute = (tag: string, name: string) => unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
  const form = /<form\b[\s\S]*?<\/form>/.exec(page)?.[0]
  if (form === undefined) throw new Error(`a page without a form: ${page.slice(0, 400)}`)
  const inputs = [...form.matchAll(/<input\b[^>]*>/g)].map(([input]) => input)
  const hidden = inputs.filter((input) => attribute(input, 'type') === 'hidden' && attribute(input, 'name') !== 'scope')
  return {
    action: attribute(form, 'action'),
    hidden: Object.fromEntries(hidden.map((input) => [attribute(input, 'name'), attribute(input, 'value')])),
    scopes: inputs.filter((input) => attribute(input, 'name') === 'scope').map((input) => attribute(input, 'value')),
  }
}

function unescaped(text: string): string {
  const references: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (reference) => references[reference] ?? reference)
}
