/** The logo of a site: a file of the operator's, read once at the start, looked at by its bytes, and bounded. */
import { readFileSync, statSync } from 'node:fs'
import { MAX_LOGO_BYTES, MAX_LOGO_SIDE } from '../logos/open-logos.ts'
import { type PictureType, readPicture } from '../logos/picture.ts'
import { readSvg, type Size } from './svg.ts'

export interface SiteLogo extends Size {
  readonly mediaType: Exclude<PictureType, 'image/gif'> | 'image/svg+xml'
  readonly body: Buffer
}

/** As large as a logo is shown, in CSS pixels. */
const BOX: Size = { width: 240, height: 56 }

/** @throws what the file system says of a file that cannot be read. */
export function readLogoFile(path: string): SiteLogo | { readonly fault: string } {
  const file = statSync(path)
  if (!file.isFile()) return { fault: 'is no file' }
  if (file.size > MAX_LOGO_BYTES) return { fault: `is larger than ${MAX_LOGO_BYTES / 1024} KB` }
  return readLogo(readFileSync(path))
}

export function readLogo(body: Buffer): SiteLogo | { readonly fault: string } {
  const drawing = readSvg(body)
  if (drawing !== undefined) return 'fault' in drawing ? drawing : { mediaType: 'image/svg+xml', body, ...drawing }
  const picture = readPicture(body)
  if (picture === undefined || picture.mediaType === 'image/gif') return { fault: 'is no PNG, JPEG, WebP or SVG' }
  const { mediaType, width, height } = picture
  if (Math.max(width, height) > MAX_LOGO_SIDE) return { fault: `has ${width} × ${height} pixels, more than ${MAX_LOGO_SIDE} × ${MAX_LOGO_SIDE}` }
  return { mediaType, body, width, height }
}

/** Within the box, in its own proportions. A drawing is made to fit; pixels are never made larger. */
export function shownSize({ mediaType, width, height }: Pick<SiteLogo, 'mediaType' | 'width' | 'height'>): Size {
  const fit = Math.min(BOX.width / width, BOX.height / height)
  const scale = mediaType === 'image/svg+xml' ? fit : Math.min(1, fit)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
