/** Colours as `#rrggbb`: how bright they are, how far they stand from each other, and how one becomes lighter or darker without becoming another. */

/** In its one spelling: `#` and six hexadecimal digits in small letters. */
export type Colour = `#${string}`
type Channels = readonly [red: number, green: number, blue: number]

/** `undefined` for whatever is not `#rrggbb`. */
export function parseColour(text: string): Colour | undefined {
  return /^#[0-9a-f]{6}$/i.test(text) ? (text.toLowerCase() as Colour) : undefined
}

/** From 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrastOf(one: Colour, other: Colour): number {
  const [a, b] = [luminanceOf(one), luminanceOf(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

/** WCAG 2.2, relative luminance. */
function luminanceOf(colour: Colour): number {
  const [red, green, blue] = channelsOf(colour).map((channel) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4,
  ) as unknown as Channels
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** @param part of the other colour, from 0 to 1. */
export function mix(colour: Colour, other: Colour, part: number): Colour {
  const others = channelsOf(other)
  return colourOf(channelsOf(colour).map((channel, index) => channel + ((others[index] ?? 0) - channel) * part) as unknown as Channels)
}

/** The same hue and saturation in every lightness from black to white, the nearest to this one first. */
export function shadesOf(colour: Colour): readonly Colour[] {
  const { hue, saturation, lightness } = hslOf(channelsOf(colour))
  const steps = Array.from({ length: 1001 }, (_, step) => step / 1000)
  const byDistance = steps.toSorted((one, other) => Math.abs(one - lightness) - Math.abs(other - lightness))
  return [colour, ...byDistance.map((shade) => colourOf(channelsOfHsl(hue, saturation, shade)))]
}

/** Each from 0 to 1. */
function channelsOf(colour: Colour): Channels {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255) as unknown as Channels
}

function colourOf(channels: Channels): Colour {
  return `#${channels
    .map((channel) =>
      Math.round(channel * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

/** Hue in degrees, saturation and lightness from 0 to 1 (CSS Color 4 §7). */
function hslOf([red, green, blue]: Channels): { readonly hue: number; readonly saturation: number; readonly lightness: number } {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)]
  const [lightness, range] = [(most + least) / 2, most - least]
  if (range === 0) return { hue: 0, saturation: 0, lightness }
  const sixth = most === red ? (green - blue) / range : most === green ? (blue - red) / range + 2 : (red - green) / range + 4
  return { hue: (sixth * 60 + 360) % 360, saturation: range / (1 - Math.abs(2 * lightness - 1)), lightness }
}

function channelsOfHsl(hue: number, saturation: number, lightness: number): Channels {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const channel = (offset: number): number => {
    const at = (offset + hue / 30) % 12
    return lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1))
  }
  return [channel(0), channel(8), channel(4)]
}
