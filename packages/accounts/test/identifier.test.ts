import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseEmail } from '@latchwork/accounts'
import { Refusal } from '@latchwork/kernel'

const plain: readonly (readonly [string, string])[] = [
  ['ada@example.com', 'ada@example.com'],
  ['  Ada.Lovelace@Example.COM\n', 'ada.lovelace@example.com'],
  ['ada+latchwork@sub.example.co.uk', 'ada+latchwork@sub.example.co.uk'],
  ["o'brien@example.ie", "o'brien@example.ie"],
  ['ADA_1-2=3@xn--bcher-kva.example', 'ada_1-2=3@xn--bcher-kva.example'],
  ['1@1.example', '1@1.example'],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  [`a@${'b'.repeat(63)}.example`, `a@${'b'.repeat(63)}.example`],
]

const refused: readonly string[] = [
  '',
  ' ',
  '@',
  'ada',
  'ada@',
  '@example.com',
  'ada@example',
  'ada@@example.com',
  'ada@evil.example@example.com',
  'ada\uff20example.com',
  'ada\uff20evil.example@example.com',
  'ada@example\uff0ecom',
  'ada@example\u3002com',
  '"ada"@example.com',
  '"ada@evil.example,"@example.com',
  '"ada lovelace"@example.com',
  'ada,grace@example.com',
  'ada@example.com,grace@example.com',
  'ada;grace@example.com',
  'Ada <ada@example.com>',
  '<ada@example.com>',
  'ada(comment)@example.com',
  'ada lovelace@example.com',
  'ada@exam ple.com',
  'ada@example.com\r\nBcc: grace@example.com',
  'ada\u0000@example.com',
  'ada\u00a0@example.com',
  'ada\u200b@example.com',
  'ada\u00ad@example.com',
  '\ufeffada@example.com',
  '\u202eada@example.com',
  '\u212aada@example.com',
  'ad\u0430@example.com',
  '\u0131da@example.com',
  'a\ufb01@example.com',
  'j\u00fcrgen@example.com',
  'ada@b\u00fccher.example',
  '.ada@example.com',
  'ada.@example.com',
  'ada..lovelace@example.com',
  'ada%evil.example@example.com',
  'evil.example!ada@example.com',
  '@evil.example:ada@example.com',
  'ada\\@example.com',
  'ada@[192.0.2.1]',
  'ada@192.0.2.1',
  'ada@-example.com',
  'ada@example-.com',
  'ada@example..com',
  'ada@.example.com',
  'ada@example.com.',
  'ada@exam_ple.com',
  'ada@example.com:25',
  'mailto:ada@example.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b'.repeat(64)}.example`,
  `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(12)}`,
  'a'.repeat(1_000_000),
]

describe('an e-mail address as identifier', () => {
  it('J11: one canonical spelling for every way to type it', () => {
    for (const [typed, canonical] of plain) assert.equal(parseEmail(typed), canonical)
    for (const [, canonical] of plain) assert.equal(parseEmail(canonical), canonical)
  })

  for (const typed of refused) {
    it(`12.4: refuses ${JSON.stringify(typed.slice(0, 60))}`, () => {
      assert.throws(
        () => parseEmail(typed),
        (error) => error instanceof Refusal && error.code === 'identifier_invalid',
      )
    })
  }

  it('12.4: what passes is unchanged by NFKC, has one @ and reaches one recipient', () => {
    const strange = [
      '@',
      '.',
      '-',
      '+',
      ' ',
      '"',
      ',',
      '<',
      '>',
      '(',
      ':',
      ';',
      '\\',
      '%',
      '!',
      '\u0000',
      '\n',
      '\uff20',
      '\u212a',
      '\u00e9',
      '\ufb01',
      '[',
      ']',
      'com',
      'X',
    ]
    let passed = 0
    for (const first of strange) {
      for (const second of strange) {
        for (let at = 0; at <= 'ada@ex.com'.length; at++) {
          for (let next = at; next <= 'ada@ex.com'.length; next += 3) {
            if (checkOne(`${'ada@ex.com'.slice(0, at)}${first}${'ada@ex.com'.slice(at, next)}${second}${'ada@ex.com'.slice(next)}`)) passed++
          }
        }
      }
    }
    assert.ok(passed > 300, `only ${passed} passed: the corpus proves little`)
  })
})

function checkOne(typed: string): boolean {
  try {
    const email = parseEmail(typed)
    assert.equal(email.normalize('NFKC').toLowerCase(), email)
    assert.match(email, /^[^@\s"(),:;<>\\%![\]\p{Cc}]+@[a-z0-9.-]+$/u)
    assert.equal(parseEmail(email), email)
    return true
  } catch (error) {
    assert.ok(error instanceof Refusal, `${JSON.stringify(typed)}: ${error}`)
    return false
  }
}
