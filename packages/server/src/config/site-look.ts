/** Reads how the pages look: logo and accent, each checked at the start (design §6). */
import { type Accent, accentOf, isSeen, nearestSeen, type Shortfall, shortfallsOf } from '../look/accent.ts'
import { type Colour, parseColour } from '../look/colour.ts'
import { readLogoFile, type SiteLogo } from '../look/logo.ts'
import type { Config } from './config.ts'
import type { Problem } from './configuration-error.ts'
import { type OptionPath, type OptionValues, options } from './options.ts'
import { codeOf } from './secret-reference.ts'

type LogoPath = 'site.logo' | 'site.logoDark'
type AccentPath = 'site.accent' | 'site.accentDark'

/** @param written how the operator wrote an option, for the problem's name. */
export function readSite(
  values: OptionValues,
  written: (path: OptionPath) => string,
): { readonly site: Config['site']; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const report = (path: OptionPath, fault: string, mend: string = options[path].mend) => void problems.push({ option: written(path), fault, mend })
  const logoAt = (path: LogoPath) => readLogoAt(values[path], (fault) => report(path, fault))
  const accentAt = (path: AccentPath, scheme: 'light' | 'dark'): Accent | undefined => {
    const colour = parseColour(values[path] ?? '')
    if (colour === undefined) return undefined
    const accent = accentOf(colour, scheme)
    const shortfalls = shortfallsOf(accent, scheme)
    if (shortfalls.length > 0) report(path, `${colour} stands out too little in ${scheme} mode: ${wordsOf(shortfalls)}`, mendOf(colour, scheme))
    return accent
  }
  const [logo, dark] = [logoAt('site.logo'), logoAt('site.logoDark')]
  if (values['site.logo'] === undefined && values['site.logoDark'] !== undefined) report('site.logo', 'is missing, but site.logoDark is given')
  const light = accentAt('site.accent', 'light')
  const accents = { light, dark: accentAt('site.accentDark', 'dark') ?? (light && accentOf(nearestSeen(light.accent, 'dark'), 'dark')) }
  const site: Config['site'] = {
    name: values['site.name'],
    accents,
    ...(logo === undefined ? {} : { logo: { picture: logo, ...(dark === undefined ? {} : { dark }), hasName: values['site.logoHasName'] } }),
  }
  return { site, problems }
}

function readLogoAt(path: string | undefined, report: (fault: string) => void): SiteLogo | undefined {
  if (path === undefined) return undefined
  try {
    const logo = readLogoFile(path)
    if (!('fault' in logo)) return logo
    report(`${path} ${logo.fault}`)
  } catch (error) {
    report(`${path} cannot be read (${codeOf(error)})`)
  }
  return undefined
}

/** `links 1.35:1 on an inset (needs 4.5:1, WCAG 2.2, 1.4.3)`: each use on the ground where it is seen worst; what needs the same stands together. */
function wordsOf(shortfalls: readonly Shortfall[]): string {
  const worst = [...Map.groupBy(shortfalls, ({ use }) => use).values()].map((alike) => alike.reduce((one, other) => (other.ratio < one.ratio ? other : one)))
  return [...Map.groupBy(worst, ({ least, law }) => `needs ${least}:1, WCAG 2.2, ${law}`)]
    .map(([need, alike]) => `${alike.map(({ use, where, ratio }) => `${use} ${roundedDown(ratio)}:1 ${where}`.trimEnd()).join(', ')} (${need})`)
    .join('; ')
}

/** So that what fails never reads as if it did not. */
const roundedDown = (ratio: number): string => (Math.floor(ratio * 100) / 100).toFixed(2)

function mendOf(colour: Colour, scheme: 'light' | 'dark'): string {
  const nearest = `Give ${nearestSeen(colour, scheme)}, the nearest colour of the same hue that stands out enough.`
  return scheme === 'light' && isSeen(colour, 'dark') ? `${nearest} For dark mode ${colour} is right: give it as site.accentDark.` : nearest
}
