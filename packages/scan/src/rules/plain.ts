/** Forms of no single vendor. */
import type { Rule } from '../rule.ts'

export const plainRules: readonly Rule[] = [
  {
    id: 'private-key',
    vendor: 'PEM',
    name: 'private key',
    keywords: ['-----BEGIN'],
    // The header alone is in every parser; a key has base64 behind it, after a line end that may be written as \n.
    pattern:
      '-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----(?:\\\\r|\\\\n|\\s){1,4}(?:[A-Z][A-Za-z-]{2,20}: [^\\n]{1,80}\\s{1,4}){0,4}([A-Za-z0-9+/=]{40,1500})',
    standsAnywhere: true,
    minEntropy: 3.5,
  },
  {
    id: 'password-in-url',
    vendor: 'URL',
    name: 'password of a database or broker',
    keywords: ['postgres://', 'postgresql://', 'mysql://', 'mongodb://', 'mongodb+srv://', 'redis://', 'rediss://', 'amqp://', 'amqps://'],
    pattern:
      '(?:postgres(?:ql)?|mysql|mongodb(?:\\+srv)?|rediss?|amqps?)://[^\\s:@/"\'<>]{0,64}:([^\\s@/"\'<>{}$()%*\\\\]{8,128})@(?!localhost|127\\.|\\[::1\\]|example\\.|host\\b)[A-Za-z0-9_-]{1,60}\\.[A-Za-z0-9]',
    isTextOnly: true,
    isGuessable: true,
    minEntropy: 3,
  },
]
