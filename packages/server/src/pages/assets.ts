/** The three files pages link to. Their addresses change with their content, so they can be kept by browsers for ever. */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  /** Path the asset is served at, without the version. */
  readonly path: string
  /** Path with `?v=<hash>`, as pages link it. */
  readonly href: string
  readonly mediaType: string
  readonly text: string
  /** First 16 hexadecimal digits of the SHA-256 of the text. */
  readonly version: string
}

function readAsset(file: string, mediaType: string): Asset {
  const written = readFileSync(new URL(file, import.meta.url), 'utf8')
  const text = file.endsWith('.css') ? compact(written) : written
  const version = versionOf(text)
  const path = `/assets/${file}`
  return { path, href: hrefOf(path, version), mediaType, text, version }
}

export function versionOf(content: string | Buffer): string {
  return hash('sha256', content, 'hex').slice(0, 16)
}

export function hrefOf(path: string, version: string): string {
  return `${path}?v=${version}`
}

/** Without what is there for who reads the source alone: remarks, room, and signs that nothing needs. No text of ours holds any. */
function compact(css: string): string {
  return css
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\n\s*/g, '\n')
    .replaceAll(/^([a-z0-9-]+): /gm, '$1:')
    .replaceAll(/(?<=[{};,:])\n|\n(?=\})| (?=\{)/g, '')
    .replaceAll(';}', '}')
    .replaceAll(/ ?([,>~]) /g, '$1')
    .replaceAll(/(?<!\d)0\./g, '.')
    .trimStart()
}

export const assets = {
  stylesheet: readAsset('latchwork.css', 'text/css; charset=utf-8'),
  continueScript: readAsset('continue.js', 'text/javascript; charset=utf-8'),
  icon: readAsset('icon.svg', 'image/svg+xml'),
} as const satisfies Readonly<Record<string, Asset>>
