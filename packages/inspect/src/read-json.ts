/** JSON of a token, read generously in order to say what a strict reader would refuse. */
export interface ReadJson {
  readonly value: Readonly<Record<string, unknown>>
  /** Members that stand twice in one object (RFC 7515 §4, RFC 7519 §4). */
  readonly doubled: readonly string[]
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/** `undefined` if the bytes are no JSON object in UTF-8. */
export function readJsonObject(bytes: Uint8Array): ReadJson | undefined {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return { value: value as Readonly<Record<string, unknown>>, doubled: doubledIn(text) }
  } catch {
    return undefined
  }
}

/** Walks a text that is known to be JSON. */
function doubledIn(text: string): readonly string[] {
  const open: (Set<string> | undefined)[] = [] // the members of each open object; undefined stands for an array
  const doubled = new Set<string>()
  let word: string | undefined
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && word !== undefined) {
      const members = open.at(-1)
      if (members?.has(word)) doubled.add(word)
      members?.add(word)
    }
    word = token.startsWith('"') ? (JSON.parse(token) as string) : undefined
  }
  return [...doubled]
}
