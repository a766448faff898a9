/** What a newcomer needs next, and nothing else. */
import type { Terminal } from '../terminal.ts'

export interface Said {
  readonly issuer: string
  /** Present while there is no operator. */
  readonly operatorLink?: string
  /** `key` is there on the first start alone. */
  readonly demo?: { readonly apiUrl: string; readonly applicationUrl: string; readonly key?: string }
}

export function greeting({ issuer, operatorLink, demo }: Said, { paint }: Pick<Terminal, 'paint'>): string {
  const blocks = [paint('bold', `Latchwork is ready at ${issuer}`)]
  if (operatorLink !== undefined) blocks.push(`Become its operator with this link; it works once, for a day:\n  ${paint('cyan', operatorLink)}`)
  if (demo?.key !== undefined)
    blocks.push(`Call the demo API with a key that works:\n  ${paint('cyan', `curl ${demo.apiUrl}/notes -H "Authorization: Bearer ${demo.key}"`)}`)
  const pages = [
    [issuer, 'sign up, sign in, your account'],
    ...(demo === undefined ? [] : [[demo.applicationUrl, 'a demo application that asks for your permission']]),
  ]
  const width = Math.max(...pages.map(([address]) => address?.length ?? 0))
  blocks.push(`Pages:\n${pages.map(([address = '', what]) => `  ${paint('cyan', address)}${' '.repeat(width - address.length)}  ${what}`).join('\n')}`)
  return `${blocks.join('\n\n')}\n`
}
