/** JSON of a JOSE header or claims set: an object, in strict UTF-8, with each member at most once (RFC 7515 §4, RFC 7519 §4). */

export type JsonObject = Readonly<Record<string, unknown>>

const MAX_DEPTH = 16
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `undefined` if the bytes are anything else. */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isObject(value) && isUnambiguous(text) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/** Walks a text that is known to be JSON. Two members of one name are read differently by different parsers, so none may be there. */
function isUnambiguous(text: string): boolean {
  const open: (Set<string> | undefined)[] = [] // the members seen so far in each open object; undefined stands for an array
  let name: string | undefined
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      if (open.push(token === '{' ? new Set() : undefined) > MAX_DEPTH) return false
    } else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && name !== undefined) {
      const members = open.at(-1)
      if (members === undefined || members.has(name)) return false
      members.add(name)
    }
    name = token.startsWith('"') ? (JSON.parse(token) as string) : undefined
  }
  return true
}
