/** Our own credentials. What the pattern finds is believed only if its checksum is right, so that there are no false positives. */
import { CREDENTIAL_PATTERN, credentialFormats, EXAMPLE_BODY, parseCredential } from '@latchwork/kernel'
import type { Rule } from '../rule.ts'

/** Stands for any brand: the formats are asked for with it, and it is taken out again. */
const ANY = 'zzzzzz'

/** Publishable keys are left out: they are made to be seen. */
const keywords = credentialFormats(ANY)
  .filter(({ isSecret }) => isSecret)
  .flatMap(({ prefixes }) => prefixes.map((prefix) => prefix.replace(`${ANY}_`, '')))

export const ownRule: Rule = {
  id: 'latchwork-credential',
  vendor: 'Latchwork',
  name: 'credential',
  keywords,
  pattern: CREDENTIAL_PATTERN.source,
  minEntropy: 0,
  standsAnywhere: true,
  isGenuine: (text) => parseCredential(text) !== undefined && !text.includes(EXAMPLE_BODY),
}
