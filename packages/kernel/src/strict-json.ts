/**
 * JSON of strangers (RFC 8259): strict UTF-8, each member of an object at most once, bounded depth, and only text that every store can keep. What two parsers
 * could read differently is not read at all.
 */

const MAX_DEPTH = 16
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/**
 * The value; `undefined` if the bytes are anything else.
 * @param freeMember a member of the outermost object whose text may be any: whoever reads it looks at it and stores nothing of it.
 */
export function parseStrictJson(bytes: Uint8Array, freeMember?: string): unknown {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isPlain(text, value) || isUnambiguous(text, freeMember) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Most of what programs send: nothing to walk through. A text that the value is written as again, character for character, has no member twice; without escapes there is no
 * character in it that is not there to see; and it is no deeper than it has brackets.
 */
function isPlain(text: string, value: unknown): boolean {
  if (text.includes('\\') || text.includes('__proto__')) return false
  let opened = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x7b || code === 0x5b) opened++ // { [
  }
  return opened <= MAX_DEPTH && JSON.stringify(value) === text
}

/** Walks a text that is known to be JSON. */
function isUnambiguous(text: string, freeMember: string | undefined): boolean {
  const open: (Set<string> | undefined)[] = [] // the members seen so far in each open object; undefined stands for an array
  let word: string | undefined
  let isFree = false
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      if (open.push(token === '{' ? new Set() : undefined) > MAX_DEPTH) return false
    } else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && word !== undefined) {
      const members = open.at(-1)
      if (members === undefined || members.has(word) || word === '__proto__') return false
      members.add(word)
      isFree = open.length === 1 && word === freeMember
      word = undefined
      continue
    }
    word = token.startsWith('"') ? textOf(token) : undefined
    if (word !== undefined && !isFree && (word.includes('\0') || !word.isWellFormed())) return false
    isFree = false
  }
  return true
}

function textOf(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
}
