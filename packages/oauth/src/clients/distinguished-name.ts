/** Distinguished names in text: as Node prints them, one part a line from the root down, and as people register them (RFC 4514), from the leaf up. */

/** @param printed a certificate's `subject`. @param registered `tls_client_auth_subject_dn` (RFC 8705 §2.1.2). */
export function isSameName(printed: string, registered: string): boolean {
  const one = printed.split('\n').reverse().map(partOf)
  const other = splitUnescaped(registered, ',').map(partOf)
  return one.length === other.length && one.every((part, index) => part !== undefined && part === other[index])
}

/** `cn = Acme` as `CN=Acme`: types in capitals, escapes read; several values of one part in a fixed order. `undefined` for what is no part. */
function partOf(text: string): string | undefined {
  const values = splitUnescaped(text, '+').map((value) => {
    const at = value.indexOf('=')
    if (at < 1) return undefined
    return `${value.slice(0, at).trim().toUpperCase()}=${readEscapes(value.slice(at + 1).trim())}`
  })
  return values.includes(undefined) ? undefined : JSON.stringify(values.toSorted())
}

function splitUnescaped(text: string, separator: string): readonly string[] {
  const parts = ['']
  for (const [token] of text.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (token === separator) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${token}`)
  }
  return parts
}

/** RFC 4514 §2.4: `\,` and `\2C` are both a comma; hexadecimal pairs are bytes of UTF-8. */
function readEscapes(text: string): string {
  return text.replaceAll(/((?:\\[0-9A-Fa-f]{2})+)|\\([\s\S])/g, (_all, pairs: string | undefined, letter: string) =>
    pairs === undefined ? letter : Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString('utf8'),
  )
}
