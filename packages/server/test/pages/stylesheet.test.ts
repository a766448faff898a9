import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assets } from '../../src/pages/index.ts'

type Palette = Readonly<Record<string, string>>

const css = assets.stylesheet.text
const [light = '', dark = ''] = [...css.matchAll(/:root\{([^}]*)\}/g)].map(([, block]) => block)
const palettes: Readonly<Record<string, Palette>> = { light: readPalette(light), dark: { ...readPalette(light), ...readPalette(dark) } }

/** Text on its ground: 4.5 (WCAG 2.2, 1.4.3). Borders of controls and the ring of the focus: 3 (1.4.11). */
const pairs: readonly (readonly [front: string, grounds: readonly string[], least: number])[] = [
  ['ink', ['ground', 'surface', 'inset', 'red-wash', 'green-wash'], 4.5],
  ['ink-soft', ['ground', 'surface', 'inset'], 4.5],
  ['accent', ['ground', 'surface', 'inset'], 4.5],
  ['accent-strong', ['ground', 'surface', 'inset'], 4.5],
  ['on-accent', ['accent', 'accent-strong'], 4.5],
  ['red', ['surface', 'inset', 'red-wash'], 4.5],
  ['green', ['surface', 'inset', 'green-wash'], 4.5],
  ['edge', ['ground', 'surface'], 3],
]

describe('stylesheet', () => {
  for (const [name, palette] of Object.entries(palettes)) {
    it(`13: contrast of the ${name} palette reaches AA`, () => {
      for (const [front, grounds, least] of pairs) {
        for (const ground of grounds) {
          const ratio = contrast(palette, front, ground)
          assert.ok(ratio >= least, `${front} on ${ground}: ${ratio.toFixed(2)} < ${least}`)
        }
      }
    })
  }

  it('13: the dark palette sets every colour anew', () => {
    assert.deepEqual(Object.keys(readPalette(dark)).sort(), Object.keys(readPalette(light)).sort())
  })

  it('13: no rule names a colour of its own, loads anything, or hides the focus of a control', () => {
    const rules = css.slice(css.indexOf('*,'))
    assert.doesNotMatch(rules, /#[0-9a-f]{3,8}\b|url\(|@import/i)
    assert.deepEqual(
      [...rules.matchAll(/([^{}]*)\{[^}]*outline:none/g)].map(([, selector]) => selector?.trim()),
      ['main:focus,fieldset:focus'],
    )
  })

  it('13: moves nothing for people who asked for stillness', () => {
    const moving = [...css.matchAll(/animation:|transition:/g)].map(({ index }) => index)
    const allowed = css.indexOf('@media (prefers-reduced-motion: no-preference)')
    assert.ok(allowed > 0)
    for (const index of moving) assert.ok(index > allowed)
  })

  it('is linked by the hash of its text', () => {
    assert.match(assets.stylesheet.href, /^\/assets\/latchwork\.css\?v=[0-9a-f]{16}$/)
    assert.ok(assets.stylesheet.href.endsWith(assets.stylesheet.version))
  })
})

function readPalette(block: string): Palette {
  return Object.fromEntries([...block.matchAll(/--([a-z-]+):(#[0-9a-f]{6})(?=;|$)/g)].map(([, name = '', colour = '']) => [name, colour]))
}

function contrast(palette: Palette, front: string, ground: string): number {
  const [a, b] = [luminance(palette[front]), luminance(palette[ground])]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: string | undefined): number {
  assert.ok(colour !== undefined, 'the palette has the colour')
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
