/**
 * HTML that is safe by construction: every value put into a `html` template is escaped for the place it stands in, and there is no way to say "trust this string".
 *
 * - Text and ordinary attributes: escaped, and freed of control and bidi characters, which can make one name look like another.
 * - `value` and `content`: escaped only, because a form must send back exactly what it was given.
 * - `href`, `action`, `formaction`, `src`: escaped, and an address that would run as script becomes `about:invalid`.
 * - Anywhere else inside a tag: only `Html`, so that an unquoted attribute cannot be written by mistake.
 */
export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[]
type Place = 'text' | 'attribute' | 'exact' | 'address' | 'tag'

class Html {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  toString(): string {
    return this.#text
  }
}

export type { Html }

const placesByTemplate = new WeakMap<TemplateStringsArray, readonly Place[]>()

export function html(template: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const places = placesByTemplate.get(template) ?? findPlaces(template)
  let text = template[0] ?? ''
  for (const [index, value] of values.entries()) text += render(value, places[index] ?? 'tag') + (template[index + 1] ?? '')
  return new Html(text)
}

function render(value: HtmlValue, place: Place): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (typeof value === 'object') return value.map((item) => render(item, place)).join('')
  if (place === 'tag') throw new TypeError('a value inside a tag must stand in a double-quoted attribute')
  const text = String(value).toWellFormed()
  if (place === 'exact') return escapeText(text)
  if (place === 'address') return escapeText(isScript(text) ? 'about:invalid' : text)
  return escapeText(withoutInvisible(text))
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;', '\r': '&#13;' }

function escapeText(text: string): string {
  return text.replace(/[&<>"'`\r]/g, (character) => ENTITIES[character] ?? '')
}

const INVISIBLE = /[^\P{Cc}\t\n\r]|\p{Bidi_Control}|[\u{ad}\u{180e}\u{200b}\u{2028}\u{2029}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu

/** Drops controls, bidi controls and characters that take no room. The two joiners stay: names in Persian and Hindi need them. */
export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '')
}

const SCRIPT_SCHEMES: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'filesystem:', 'view-source:'])

/** Read as a browser reads it, so that no space, tab or capital hides the scheme. */
function isScript(address: string): boolean {
  const url = URL.parse(address, 'https://relative.invalid')
  return url === null || SCRIPT_SCHEMES.has(url.protocol)
}

/** A piece that begins with an attribute is made for the inside of a tag. */
const ATTRIBUTE_BEGINS = /^\s+[a-z-]+=/
const TAG_BEGINS = /^<[a-z/!]/i
const ADDRESS_BEGINS = /\s(?:href|action|formaction|src)="$/i
const EXACT_BEGINS = /\s(?:value|content)="$/i

/** In which place each value of a template stands: one walk over its fixed text, remembered per template. */
function findPlaces(template: TemplateStringsArray): readonly Place[] {
  let state: 'text' | 'tag' | 'quoted' = ATTRIBUTE_BEGINS.test(template[0] ?? '') ? 'tag' : 'text'
  const places = template.map((chunk): Place => {
    for (let at = 0; at < chunk.length; at++) {
      const character = chunk.charAt(at)
      if (state === 'quoted') state = character === '"' ? 'tag' : 'quoted'
      else if (state === 'text') state = character === '<' && TAG_BEGINS.test(chunk.slice(at, at + 2)) ? 'tag' : 'text'
      else if (character === '>') state = 'text'
      else if (character === '"') state = 'quoted'
    }
    if (state !== 'quoted') return state
    if (ADDRESS_BEGINS.test(chunk)) return 'address'
    return EXACT_BEGINS.test(chunk) ? 'exact' : 'attribute'
  })
  placesByTemplate.set(template, places)
  return places
}
