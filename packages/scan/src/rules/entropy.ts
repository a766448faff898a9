/** Whatever is called a secret and looks drawn at random. Finds what no format tells, and more besides: an option. */
import { assigned, type Rule } from '../rule.ts'

const NAMES = [
  'secret',
  'token',
  'passwd',
  'password',
  'api_key',
  'apikey',
  'api-key',
  'private_key',
  'privatekey',
  'access_key',
  'accesskey',
  'auth_key',
  'credential',
]

export const entropyRule: Rule = {
  id: 'high-entropy-assignment',
  vendor: 'Any',
  name: 'secret that looks random',
  keywords: NAMES,
  ...assigned(`(?:${NAMES.join('|')})`, '[A-Za-z0-9+/_.=~-]{16,200}'),
  minEntropy: 3.5,
  isGuessable: true,
  // A word is letters alone; a path or an expression has dots and slashes but few digits.
  isGenuine: (text) => /[0-9]/.test(text) && /[A-Za-z]/.test(text) && !/^(?:[a-z]+[._/-])+[a-z0-9]+$/i.test(text) && (text.match(/[0-9]/g)?.length ?? 0) >= 3,
}
