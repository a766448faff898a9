/** The list of peppers as it is written: `p2:<base64url>,p1:<base64url>`; digests are stored under the first. `none` in it stands for no pepper. */
import type { Pepper } from '@latchwork/api-keys'
import { Secret } from '@latchwork/kernel'

const PEPPER = /^([a-z0-9]{1,16}):([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/ // 32 bytes, base64url, no spare bits
const NONE = 'none'

export function readPeppers(written: Secret): readonly Pepper[] {
  return entriesOf(written).flatMap((entry): Pepper[] => {
    if (entry === NONE) return [NONE]
    const [, id, secret] = PEPPER.exec(entry) ?? []
    return id === undefined || secret === undefined ? [] : [{ id, secret: new Secret(secret) }]
  })
}

/** Never repeats what was written. */
export function faultOfPeppers(written: Secret): string | undefined {
  const entries = entriesOf(written)
  const wrong = entries.findIndex((entry) => entry !== NONE && !PEPPER.test(entry))
  if (wrong >= 0) return `has an entry that is no pepper (the ${wrong + 1}. of ${entries.length})`
  const ids = entries.map((entry) => entry.split(':')[0])
  return new Set(ids).size < ids.length ? 'has two peppers with the same id' : undefined
}

function entriesOf(written: Secret): readonly string[] {
  return written
    .reveal()
    .split(',')
    .map((entry) => entry.trim())
}
