import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { asciiOf } from '@latchwork/kernel'

const PACKAGES = resolve(import.meta.dirname, '../..')
/** Those that refuse, and so write sentences which are sent as `error_description` or in a challenge. */
const REFUSING = '{kernel,signing,authority,accounts,limits,events,api-keys,sessions,oauth,store,server,verify}'
/** Of pages and patterns alone. */
const NEVER_SENT = new Set(['✓', 'ñ'])

describe('sentences in ASCII', () => {
  it('V3: are written as a typewriter has them (RFC 6749 §5.2)', () => {
    const rows = {
      'one tls_client_auth_… name': 'one tls_client_auth_... name',
      '“a” \\ "b", the client’s': "'a' ' 'b', the client's",
      'RFC 8705 §2.1.2, 2 × 3, 1 – 2': 'RFC 8705 section 2.1.2, 2 x 3, 1 - 2',
      'Kapitän Ångström in São Paulo': 'Kapitan Angstrom in Sao Paulo',
      '\uff02\uff3c': "''",
      'a\nb 東 🦊': 'a?b ? ?',
    }
    for (const [written, sent] of Object.entries(rows)) assert.equal(asciiOf(written), sent)
  })

  it('V3: no character of a sentence of ours becomes a question mark', () => {
    const files = globSync(`${PACKAGES}/${REFUSING}/src/**/*.ts`)
    assert.ok(files.length > 100)
    for (const file of files) {
      const code = readFileSync(file, 'utf8')
        .replaceAll(/\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/(?<=^|\s)\/\/.*$/gm, '')
      for (const [character] of code.matchAll(/\P{ASCII}/gu))
        if (!NEVER_SENT.has(character)) assert.doesNotMatch(asciiOf(character), /\?/, `${character} in ${file}`)
    }
  })
})
