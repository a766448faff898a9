/** A site with a logo and an accent of its own, for the tests, and for looking at. */
import assert from 'node:assert/strict'
import { shownSite } from '../../src/http/shown-site.ts'
import { accentOf, nearestSeen } from '../../src/look/accent.ts'
import { readLogo, type SiteLogo } from '../../src/look/logo.ts'

/** Dark letters on nothing, four times as wide as high. */
export const LOGO_SVG = `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><title>Harbour</title><circle cx="20" cy="20" r="18" fill="#a3195b"/>
<path d="M12 12v16M12 20h16M28 12v16" stroke="#fff" stroke-width="4" fill="none"/>
<path d="M52 8v24M52 20h16M68 8v24M80 32l10-24 10 24M84 24h12M112 32V8h12a6 6 0 0 1 0 13h-12l16 11M140 8v24h14" stroke="#14202b" stroke-width="4" fill="none"/></svg>`

export function logoOf(content: string | Buffer): SiteLogo {
  const logo = readLogo(Buffer.from(content))
  return 'fault' in logo ? assert.fail(logo.fault) : logo
}

const accent = '#a3195b'

export const branded = shownSite({
  site: {
    name: 'Harbour Accounts',
    logo: { picture: logoOf(LOGO_SVG), hasName: false },
    accents: { light: accentOf(accent, 'light'), dark: accentOf(nearestSeen(accent, 'dark'), 'dark') },
  },
})

/** The same with a drawing for dark mode, whose letters are light; both show the name. */
export const brandedTwice = shownSite({
  site: {
    name: 'Harbour Accounts',
    logo: { picture: logoOf(LOGO_SVG), dark: logoOf(LOGO_SVG.replace('#14202b', '#e9edf2')), hasName: true },
    accents: { light: undefined, dark: undefined },
  },
})
