/** The accent of a site: what is made of the one colour that an operator gives, and whether it stands out enough wherever the pages use it (WCAG 2.2 AA). */
import { type Palette, palettes, type Scheme } from '../pages/palette.ts'
import { type Colour, contrastOf, mix, shadesOf } from './colour.ts'

export interface Accent {
  readonly accent: Colour
  /** Under the pointer. */
  readonly accentStrong: Colour
  /** Words on a button of that colour. */
  readonly onAccent: Colour
}

const derived: Readonly<Record<Scheme, (accent: Colour) => Accent>> = {
  light: (accent) => ({ accent, accentStrong: mix(accent, '#000000', 0.2), onAccent: '#ffffff' }),
  dark: (accent) => ({ accent, accentStrong: mix(accent, '#ffffff', 0.35), onAccent: mix(accent, '#000000', 0.87) }),
}

export const accentOf = (colour: Colour, scheme: Scheme): Accent => derived[scheme](colour)

interface Place {
  /** The use; on several grounds it stands several times. */
  readonly use: string
  readonly where?: string
  readonly front: keyof Accent
  /** Of the palette, or of the accent itself. */
  readonly ground: string
}

interface Rule {
  readonly least: number
  readonly law: string
  readonly places: readonly Place[]
}

const grounds = [
  { ground: 'ground', where: 'on the page' },
  { ground: 'surface', where: 'on a card' },
  { ground: 'inset', where: 'on an inset' },
] as const

/** Each use that the stylesheet makes of the accent. */
export const rules: readonly Rule[] = [
  {
    least: 4.5,
    law: '1.4.3',
    places: [
      ...grounds.map(({ ground, where }) => ({ use: 'links', where, front: 'accent', ground }) as const),
      ...grounds.map(({ ground, where }) => ({ use: 'links under the pointer', where, front: 'accentStrong', ground }) as const),
      { use: 'words of buttons', front: 'onAccent', ground: 'accent' },
      { use: 'words of buttons under the pointer', front: 'onAccent', ground: 'accentStrong' },
    ],
  },
  {
    least: 3,
    law: '1.4.11',
    places: grounds.map(({ ground, where }) => ({ use: 'the ring of the focus and boxes', where, front: 'accent', ground }) as const),
  },
]

export interface Shortfall {
  readonly use: string
  /** Empty where there is one ground alone. */
  readonly where: string
  readonly ratio: number
  readonly least: number
  readonly law: string
}

/** Every place where the accent stands out too little. */
export function shortfallsOf(accent: Accent, scheme: Scheme, palette: Palette = palettes[scheme]): readonly Shortfall[] {
  const colours: Readonly<Record<string, Colour>> = { ...palette, ...accent }
  return rules.flatMap(({ least, law, places }) =>
    places.flatMap(({ use, where = '', front, ground }) => {
      const ratio = contrastOf(accent[front], colours[ground] ?? accent[front])
      return ratio >= least ? [] : [{ use, where, ratio, least, law }]
    }),
  )
}

export function isSeen(colour: Colour, scheme: Scheme): boolean {
  return shortfallsOf(accentOf(colour, scheme), scheme).length === 0
}

/** The nearest of the same hue that stands out everywhere: the colour itself if it does. Black or white does at the latest. */
export function nearestSeen(colour: Colour, scheme: Scheme): Colour {
  return shadesOf(colour).find((shade) => isSeen(shade, scheme)) ?? (scheme === 'light' ? '#000000' : '#ffffff')
}
