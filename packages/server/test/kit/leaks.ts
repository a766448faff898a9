/** Looking for secrets where none may be (R8). */

import { credentialFormats } from '@latchwork/kernel'

/** What is published of our credentials: a stretch that stands in an example is everybody's, and a random key begins like one now and then. */
const published = credentialFormats('lw')
  .flatMap(({ examples }) => examples)
  .join('\n')

/** Of tokens that carry it, the time they were made: no secret, and ids of that moment have it too. */
const TIME = /^lw_(?:at|rt|ac)_[0-9A-Za-z]{9}/

/** More than a fingerprint shows in one piece: 8 characters, and 4. */
const STRETCH = 13

/** The names of secrets of which 13 running characters stand in the text. */
export function leaksIn(text: string, secrets: ReadonlyMap<string, string>): readonly string[] {
  return [...secrets].flatMap(([name, secret]) => {
    for (let at = TIME.exec(secret)?.[0].length ?? 0; at + STRETCH <= secret.length; at++) {
      const stretch = secret.slice(at, at + STRETCH)
      if (text.includes(stretch) && !published.includes(stretch))
        return [`${name}: …${stretch}… in ${JSON.stringify(text.slice(Math.max(0, text.indexOf(stretch) - 120), text.indexOf(stretch) + 40))}`]
    }
    return []
  })
}
