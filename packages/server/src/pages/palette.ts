/** The colours of the stylesheet by their names, in both schemes: what an operator's accent is held against. */
import { assets } from './assets.ts'

export type Scheme = 'light' | 'dark'
export type Palette = Readonly<Record<string, `#${string}`>>

const [light, dark] = [...assets.stylesheet.text.matchAll(/:root\{([^}]*)\}/g)].map(([, block = '']) => readPalette(block))

export const palettes: Readonly<Record<Scheme, Palette>> = { light: { ...light }, dark: { ...light, ...dark } }

function readPalette(block: string): Palette {
  return Object.fromEntries([...block.matchAll(/--([a-z-]+):(#[0-9a-f]{6})(?=;|$)/g)].map(([, name = '', colour = '']) => [name, colour as `#${string}`]))
}
