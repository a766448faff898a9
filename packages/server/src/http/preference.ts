/** Which of two media types a caller would rather have (RFC 9110 §12.5.1). */

/** Whether `one` is named in the `Accept` header and weighs no less than `other` does there; a wildcard asks for nothing in particular. */
export function prefers(accept: string | undefined, one: string, other: string): boolean {
  const weight = weightOf(accept, one)
  return weight > 0 && weight >= weightOf(accept, other)
}

function weightOf(accept: string | undefined, type: string): number {
  for (const range of (accept ?? '').split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (name !== type) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0
  }
  return 0
}
