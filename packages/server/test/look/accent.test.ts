/** The accent against the law, computed here by hand: what passes, what does not, and what is proposed instead. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accentOf, isSeen, nearestSeen, rules, shortfallsOf } from '../../src/look/accent.ts'
import { type Colour, contrastOf, mix, parseColour, shadesOf } from '../../src/look/colour.ts'
import { assets } from '../../src/pages/index.ts'
import { palettes } from '../../src/pages/palette.ts'

/** All round the circle of hues, from dull to full, from dark to light. */
const colours: readonly Colour[] = ['00', '33', '80', 'cc', 'ff'].flatMap((red, _, steps) =>
  steps.flatMap((green) => steps.map((blue): Colour => `#${red}${green}${blue}`)),
)

describe('colours', () => {
  it('13: are read in one form, and measured as WCAG 2.2 says', () => {
    assert.equal(parseColour('#1F57b5'), '#1f57b5')
    for (const wrong of ['1f57b5', '#fff', '#1f57b5ff', 'blue', '#1f57bg', '', '#1f57b5\n']) assert.equal(parseColour(wrong), undefined, wrong)
    assert.equal(contrastOf('#000000', '#ffffff'), 21)
    assert.equal(contrastOf('#777777', '#777777'), 1)
    assert.equal(contrastOf('#767676', '#ffffff').toFixed(2), '4.54')
    assert.equal(contrastOf('#ff0000', '#ffffff').toFixed(2), '4.00')
    assert.equal(mix('#000000', '#ffffff', 0.5), '#808080')
  })

  it('13: have shades of the same hue, from black to white, the nearest first', () => {
    const shades = shadesOf('#a3195b')
    assert.deepEqual(shades.slice(0, 2), ['#a3195b', '#a3195b'])
    assert.ok(shades.includes('#000000') && shades.includes('#ffffff'))
    for (const shade of shadesOf('#ff0000')) assert.match(shade, /^#(?:[0-9a-f]{2}0000|ff([0-9a-f]{2})\1)$/)
  })
})

describe('the accent', () => {
  it('13: ours passes in both schemes, by the same measure', () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { accent, 'accent-strong': accentStrong, 'on-accent': onAccent } = palettes[scheme]
      assert.ok(accent && accentStrong && onAccent)
      assert.deepEqual(shortfallsOf({ accent, accentStrong, onAccent }, scheme), [])
      assert.deepEqual(shortfallsOf(accentOf(accent, scheme), scheme), [])
    }
  })

  it('13: of any colour, the nearest that is proposed reaches AA at every place; the colour itself where it does', () => {
    for (const scheme of ['light', 'dark'] as const)
      for (const colour of colours) {
        const seen = nearestSeen(colour, scheme)
        assert.deepEqual(shortfallsOf(accentOf(seen, scheme), scheme), [], `${colour} → ${seen}`)
        assert.equal(seen === colour, isSeen(colour, scheme))
      }
  })

  it('13: each place is measured by itself: text needs 4.5:1, what is no text 3:1', () => {
    const shortfalls = shortfallsOf(accentOf('#ffcc00', 'light'), 'light')
    assert.deepEqual(
      rules.map(({ least, law }) => [least, law]),
      [
        [4.5, '1.4.3'],
        [3, '1.4.11'],
      ],
    )
    const onCard = shortfalls.find(({ use, where }) => use === 'links' && where === 'on a card')
    assert.equal(onCard?.ratio, contrastOf('#ffcc00', '#ffffff'))
    const grey = shortfallsOf({ accent: '#808080', accentStrong: '#808080', onAccent: '#ffffff' }, 'light')
    assert.ok(
      grey.every(({ law }) => law === '1.4.3'),
      'grey is enough for the ring',
    )
    assert.deepEqual(
      shortfallsOf({ accent: '#1f57b5', accentStrong: '#17448f', onAccent: '#1f57b5' }, 'light').map(({ use }) => use),
      ['words of buttons', 'words of buttons under the pointer'],
    )
  })

  it('13: the stylesheet uses it nowhere else than at the places that are measured', () => {
    const uses = [...assets.stylesheet.text.matchAll(/([^{}]+)\{([^{}]*var\(--(?:on-)?accent[^{}]*)\}/g)].map(([, selector = '', body = '']) => [
      selector.trim(),
      [...body.matchAll(/([a-z-]+):[^;]*var\(--((?:on-)?accent(?:-strong)?)\)/g)].map(([, property, name]) => `${property} ${name}`).join(', '),
    ])
    assert.deepEqual(Object.fromEntries(uses), {
      a: 'color accent',
      'a:hover': 'color accent-strong',
      ':focus-visible': 'outline accent',
      ':is(button,.button).primary': 'border-color accent, background accent, color on-accent',
      ':is(button,.button).primary:hover': 'border-color accent-strong, background accent-strong',
      '.choice input': 'accent-color accent',
      '.mark.accent': 'color accent',
    })
  })
})
