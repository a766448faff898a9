/**
 * SVG as the picture of a site: a drawing that stands for itself. Pages show it by `<img>`, where no script of it runs and nothing is loaded, and it is served under a policy
 * that holds it to that where somebody opens it by itself. What is refused here would be dead there: its author should know.
 */

export interface Size {
  readonly width: number
  readonly height: number
}

/** Declaration, DOCTYPE without definitions of its own, remarks; then the root. */
const ROOT = /^\ufeff?(?:\s+|<\?xml\s[^>]*\?>|<!DOCTYPE\s+svg[^[>]*>|<!--[\s\S]*?-->)*<svg(\s[^>]*)?>/i

const refused: readonly (readonly [form: RegExp, fault: string])[] = [
  [/<\?xml\s[^>]*encoding\s*=\s*["'](?!utf-8["'])/i, 'is not written in UTF-8'],
  [/<!ENTITY/i, 'defines entities'],
  [/<(?:[\w-]+:)?script\b/i, 'holds script'],
  [/\son\w+\s*=\s*["']/i, 'holds script: an attribute that begins with "on"'],
  [/<(?:[\w-]+:)?foreignObject\b/i, 'holds a document (foreignObject)'],
  [/<(?:[\w-]+:)?(?:animate\w*|set)\b|@keyframes/i, 'moves'],
  [/\b(?:href|src)\s*=\s*["'](?!\s*(?:#|data:image\/(?:png|jpeg|webp);))/i, 'refers to something outside itself (href)'],
  [/url\((?!\s*(?:["']|&quot;|&apos;)?\s*#)/i, 'refers to something outside itself (url)'],
  [/@import|<\?xml-stylesheet/i, 'refers to something outside itself (a stylesheet)'],
]

/** `undefined`: it is no SVG. */
export function readSvg(bytes: Buffer): Size | { readonly fault: string } | undefined {
  const text = decode(bytes)
  const [root, attributes = ''] = ROOT.exec(text ?? '') ?? []
  if (text === undefined || root === undefined) return undefined
  const fault = refused.find(([form]) => form.test(text))?.[1]
  return fault === undefined ? (sizeIn(attributes) ?? { fault: 'says by neither viewBox nor width and height how large it is' }) : { fault }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function sizeIn(attributes: string): Size | undefined {
  const lengthOf = (name: string) => Number(new RegExp(`\\s${name}\\s*=\\s*["']\\s*([\\d.]+)(?:px)?\\s*["']`).exec(attributes)?.[1])
  const [, , boxWidth, boxHeight] =
    /\sviewBox\s*=\s*["']([^"']*)["']/
      .exec(attributes)?.[1]
      ?.trim()
      .split(/[\s,]+/)
      .map(Number) ?? []
  const sizes = [
    { width: lengthOf('width'), height: lengthOf('height') },
    { width: Number(boxWidth), height: Number(boxHeight) },
  ]
  return sizes.find(({ width, height }) => width > 0 && height > 0 && Number.isFinite(width + height))
}
