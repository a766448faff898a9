/** What is looked for: one row for each form of secret. */

export interface Rule {
  /** Kebab-case; stands in reports, baselines and SARIF. */
  readonly id: string
  readonly vendor: string
  /** What people call it. */
  readonly name: string
  /**
   * Every find holds one of these, at least three ASCII characters long. They are what the whole text is searched for, so they should be rare; the pattern is tried
   * around them only.
   */
  readonly keywords: readonly string[]
  /** The whole find. The secret is the first group, or all. Every quantifier is bounded. */
  readonly pattern: string
  /** How many characters before its keyword a find may begin. */
  readonly lead?: number
  readonly ignoresCase?: true
  /** Bits for each character (Shannon) below which it is taken for a placeholder. */
  readonly minEntropy?: number
  /** Rests on the words around the secret, which say nothing in binary files. */
  readonly isTextOnly?: true
  /** The secret may be guessed from its digest (a person's password), so that none is written down. */
  readonly isGuessable?: true
  /** A last judgement that no pattern can make. */
  readonly isGenuine?: (secret: string) => boolean
  /** Also inside a longer word: what it says proves itself. */
  readonly standsAnywhere?: true
}

/** A name, an assignment as programs and configurations write it, and the secret behind it. */
export function assigned(name: string, secret: string): Pick<Rule, 'pattern' | 'ignoresCase' | 'isTextOnly'> {
  const pattern = `${name}[\\w.-]{0,24}\\\\?["'\`\\]]{0,2}[ \\t]{0,8}(?:=>|:=|[:=,(])[ \\t]{0,8}(?:Bearer |Basic |token )?\\\\?["'\`]?(${secret})`
  return { pattern, ignoresCase: true, isTextOnly: true }
}
