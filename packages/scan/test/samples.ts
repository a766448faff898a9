/** Secrets of every form, made when the tests run, so that no scanner finds any in this tree. */
import { mintKey, mintToken } from '@latchwork/kernel'
import { type Rule, vendorRules } from '../src/index.ts'

/** The same every time: a test that fails, fails again. */
export function seeded(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 2654435761) >>> 0, 1)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))

/** Draws a text that a pattern finds. Knows what the patterns of rules use: letters, escapes, classes, groups, bounded repetition. */
export function drawFrom(pattern: string, random: () => number): string {
  let at = 0
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T

  function alternatives(): string {
    const drawn = [sequence()]
    while (pattern[at] === '|') {
      at++
      drawn.push(sequence())
    }
    return pick(drawn)
  }

  function sequence(): string {
    let text = ''
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const start = at
      const first = atom()
      const [least, most] = quantifier()
      const times = least === 0 ? 0 : least + Math.floor(random() * (Math.min(most, least + 40) - least + 1))
      const end = at
      for (let time = 0; time < times; time++) {
        if (time === 0) text += first
        else {
          at = start
          text += atom()
        }
      }
      at = end
    }
    return text
  }

  function atom(): string {
    const letter = pattern[at++] as string
    if (letter === '\\') return escaped()
    if (letter === '[') return oneOfClass()
    if (letter !== '(') return letter
    const isLookahead = pattern.startsWith('?!', at)
    if (pattern[at] === '?') at += 2
    const inner = alternatives()
    at++
    return isLookahead ? '' : inner
  }

  function oneOfClass(): string {
    const start = at - 1
    while (pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1
    at++
    const form = new RegExp(`^${pattern.slice(start, at)}$`)
    return pick(PRINTABLE.filter((one) => form.test(one)))
  }

  function escaped(): string {
    const letter = pattern[at++] as string
    return { d: '7', w: 'q', s: ' ', n: '\n', t: '\t', b: '' }[letter] ?? letter
  }

  function quantifier(): readonly [number, number] {
    const letter = pattern[at]
    if (letter === '?') {
      at++
      return [0, 1]
    }
    if (letter !== '{') return [1, 1]
    const [all, least, comma, most] = /^\{(\d+)(,)?(\d+)?\}/.exec(pattern.slice(at)) as unknown as [string, string, string?, string?]
    at += all.length
    return [Number(least), comma === undefined ? Number(least) : Number(most)]
  }

  return alternatives()
}

/** A text that holds one secret of the rule. */
export function sampleOf(rule: Rule, seed = rule.id): string {
  return drawFrom(rule.pattern, seeded(seed))
}

/** One of each kind of ours that is secret, and one of each of some vendors'. */
export function plants(): readonly { readonly rule: string; readonly text: string }[] {
  const own = [mintKey('sk', 'live', 'lw'), mintKey('rk', 'live', 'acme'), mintKey('pat', 'live', 'x9'), mintKey('sk', 'test', 'lw')]
  const tokens = (['access_token', 'refresh_token', 'client_secret', 'root_key'] as const).map(mintToken)
  const ours = [...own, ...tokens].map((secret) => ({ rule: 'latchwork-credential', text: secret.reveal() }))
  const others = ['github-personal-token', 'aws-access-key-id', 'stripe-key', 'npm-token', 'slack-webhook'].map((id) => {
    const rule = vendorRules.find((one) => one.id === id) as Rule
    return { rule: id, text: sampleOf(rule) }
  })
  return [...ours, ...others]
}

/** The plants as a file that might be somebody's. */
export function envFile(): { readonly text: string; readonly count: number } {
  const all = plants()
  return { text: all.map(({ text }, index) => `SETTING_${index}="${text}"`).join('\n'), count: all.length }
}
