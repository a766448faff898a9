/** Sentences where only printable ASCII may stand: `error_description` (RFC 6749 §5.2) and challenges (RFC 6750 §3). */

/** What is written otherwise than Unicode itself would take it apart. The quotation mark and the backslash end or escape a quoted text. */
const WRITTEN: Readonly<Record<string, string>> = {
  '"': "'",
  '\\': "'",
  '“': "'",
  '”': "'",
  '‘': "'",
  '’': "'",
  '§': 'section ',
  '·': '-',
  '–': '-',
  '—': '-',
  '×': 'x',
  '→': '->',
  '←': '<-',
  '≤': '<=',
  '≥': '>=',
}

/**
 * The same sentence in printable ASCII, without `"` and `\`: signs of typography as a typewriter has them, letters without their accents, `?` for what has no such spelling.
 * @example asciiOf('§3: “é…”') // "section 3: 'e...'"
 */
export function asciiOf(text: string): string {
  return text
    .replace(/["\\“”‘’§·–—×→←≤≥]/g, (sign) => WRITTEN[sign] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/["\\]/g, "'") // wide forms of both become them only now
    .replace(/[^\x20-\x7e]/gu, '?')
}
