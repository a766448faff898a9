/** What pages show of the site, and what is served for it: the operator's logo, and the stylesheet in the operator's colours. */
import type { Config } from '../config/index.ts'
import type { Accent } from '../look/accent.ts'
import { type SiteLogo, shownSize } from '../look/logo.ts'
import { assets, type PictureAsset, pictureAsset, stylesheetWith } from '../pages/index.ts'
import type { Site } from './site.ts'

export function shownSite({ site: { name, logo, accents } }: Pick<Config, 'site'>): Pick<Site, 'page' | 'assets'> {
  const stylesheet = stylesheetWith({ light: accents.light && coloursOf(accents.light), dark: accents.dark && coloursOf(accents.dark) })
  const picture = logo && assetOf('/assets/logo', logo.picture)
  const dark = logo?.dark && assetOf('/assets/logo-dark', logo.dark)
  return {
    page: {
      name,
      stylesheet: stylesheet.href,
      ...(logo === undefined || picture === undefined ? {} : { logo: { picture, ...(dark === undefined ? {} : { dark }), hasName: logo.hasName } }),
    },
    assets: [stylesheet, assets.continueScript, assets.icon, ...[picture, dark].filter((one) => one !== undefined)],
  }
}

function assetOf(path: string, logo: SiteLogo): PictureAsset {
  return pictureAsset(path, { mediaType: logo.mediaType, body: logo.body, ...shownSize(logo) })
}

function coloursOf({ accent, accentStrong, onAccent }: Accent): Readonly<Record<string, string>> {
  return { accent, 'accent-strong': accentStrong, 'on-accent': onAccent }
}
