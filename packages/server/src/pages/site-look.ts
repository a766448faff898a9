/** What an operator chose of the look, as the pages link it: the stylesheet with the accent in it, and the logo. Both are served by this server, at addresses that change with them. */
import { type Asset, assets, hrefOf, versionOf } from './assets.ts'
import { type Html, html } from './html.ts'

/** Custom properties of the stylesheet, by the names they have there. */
export type Colours = Readonly<Record<string, string>>

export interface PictureAsset extends Omit<Asset, 'text'> {
  readonly body: Buffer
  /** In CSS pixels, as it is shown. */
  readonly width: number
  readonly height: number
}

/** A logo as pages show it. */
export interface ShownLogo {
  readonly picture: Pick<PictureAsset, 'href' | 'width' | 'height'>
  readonly dark?: Pick<PictureAsset, 'href' | 'width' | 'height'>
  /** The name need not stand beside it. */
  readonly hasName: boolean
}

export function pictureAsset(path: string, { mediaType, body, width, height }: Omit<PictureAsset, 'path' | 'href' | 'version'>): PictureAsset {
  const version = versionOf(body)
  return { path, href: hrefOf(path, version), mediaType, body, version, width, height }
}

/** The stylesheet with other colours; as it is where there are none. */
export function stylesheetWith({ light, dark }: { readonly light: Colours | undefined; readonly dark: Colours | undefined }): Asset {
  const { path, mediaType, text: plain } = assets.stylesheet
  const chosen = [
    light === undefined ? '' : rootOf(light),
    // What is said of light mode stands behind the stylesheet, so dark mode has to be said anew behind it.
    dark === undefined ? '' : `@media (prefers-color-scheme: dark){${rootOf(dark)}}`,
  ].join('')
  const text = plain + chosen
  const version = versionOf(text)
  return chosen === '' ? assets.stylesheet : { path, href: hrefOf(path, version), mediaType, text, version }
}

function rootOf(colours: Colours): string {
  const set = Object.entries(colours).map(([name, colour]) => `--${name}:${colour}`)
  return `:root{${set.join(';')}}`
}

/** Named once: by its own text where it shows the name, by the words beside it where it does not. */
export function logoImage({ picture, dark, hasName }: ShownLogo, name: string): Html {
  const image = html`<img src="${picture.href}" width="${picture.width}" height="${picture.height}" alt="${hasName && name}"${dark === undefined && html` class="plate"`}>`
  if (dark === undefined) return image
  return html`<picture><source media="(prefers-color-scheme: dark)" srcset="${dark.href}" width="${dark.width}" height="${dark.height}">${image}</picture>`
}
