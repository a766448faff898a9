/** What a person carries beside name and e-mail address for applications to be told: the standard claims of OpenID Connect Core §5.1, under its names. */
import { holdsCredential, isVisible, refuse } from '@latchwork/kernel'

/** §5.1.1. */
export interface PostalAddress {
  readonly formatted?: string
  readonly street_address?: string
  readonly locality?: string
  readonly region?: string
  readonly postal_code?: string
  readonly country?: string
}

export interface Profile {
  readonly given_name?: string
  readonly family_name?: string
  readonly middle_name?: string
  readonly nickname?: string
  readonly preferred_username?: string
  readonly profile?: string
  readonly picture?: string
  readonly website?: string
  readonly gender?: string
  readonly birthdate?: string
  readonly zoneinfo?: string
  readonly locale?: string
  readonly address?: PostalAddress
  readonly phone_number?: string
  readonly phone_number_verified?: boolean
}

/** As it comes from outside: `null` takes a member away, a member that is not there stays. */
export type AskedProfile = Readonly<Record<string, unknown>>

/** Gives the value as it is kept. @throws Refusal `profile_invalid`. */
type Read = (value: unknown, place: string) => unknown

const LONGEST_TEXT = 256
const LONGEST_URL = 2048
/** As JSON. */
const MOST_BYTES = 8192

const addressMembers: Readonly<Record<keyof PostalAddress, Read>> = {
  formatted: readLines,
  street_address: readLines,
  locality: readText,
  region: readText,
  postal_code: readText,
  country: readText,
}

/** In the order they are kept and told in. */
const members: Readonly<Record<keyof Profile, Read>> = {
  given_name: readText,
  family_name: readText,
  middle_name: readText,
  nickname: readText,
  preferred_username: readText,
  profile: readUrl,
  picture: readUrl,
  website: readUrl,
  gender: readText,
  birthdate: readBirthdate,
  zoneinfo: readZone,
  locale: readLocale,
  address: (value) => value, // member by member, in `mergeProfile`
  phone_number: readPhone,
  phone_number_verified: (value, place) => (typeof value === 'boolean' ? value : wrong(place, 'true or false')),
}

/**
 * The profile with what was asked for in it. Another phone number is not verified because the one before was.
 * @throws Refusal `profile_invalid`, which names the member.
 */
export function mergeProfile(former: Profile, asked: AskedProfile): Profile {
  if (asked['name'] !== undefined) refuse('profile_invalid', { reason: 'name', detail: 'The name stands beside profile, not in it.' })
  const address = asked['address'] == null ? asked['address'] : mergeAddress(former.address ?? {}, asked['address'])
  const merged = merge(members, former, address === undefined ? asked : { ...asked, address }, 'profile') as Profile
  return checkWhole(dropOldProof(former, merged, asked))
}

/** A profile as it was declared, whole. @throws Refusal `profile_invalid`. */
export function parseProfile(asked: AskedProfile): Profile {
  return mergeProfile({}, asked)
}

/** The members that are not the same in both. */
export function changedMembers(former: Profile, profile: Profile): readonly string[] {
  return Object.keys(members).filter((name) => JSON.stringify(former[name as keyof Profile]) !== JSON.stringify(profile[name as keyof Profile]))
}

/** `null` where nothing is left of it. */
function mergeAddress(former: PostalAddress, asked: unknown): PostalAddress | null {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    return wrong('address', `an object with some of ${Object.keys(addressMembers).join(', ')}`)
  const merged = merge(addressMembers, former, asked as AskedProfile, 'address') as PostalAddress
  return Object.keys(merged).length === 0 ? null : merged
}

function merge(table: Readonly<Record<string, Read>>, former: object, asked: AskedProfile, of: 'profile' | 'address'): object {
  if (Object.keys(asked).some((name) => !Object.hasOwn(table, name)))
    refuse('profile_invalid', { reason: of, detail: `Of the members sent, one is not known. ${of} has ${Object.keys(table).join(', ')}.` })
  const merged: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(table)) {
    const place = of === 'address' ? `address.${name}` : name
    const value = asked[name] === undefined ? (former as AskedProfile)[name] : asked[name] === null ? undefined : read(asked[name], place)
    if (value !== undefined) merged[name] = value
  }
  return merged
}

function dropOldProof(former: Profile, merged: Profile, { phone_number_verified: said }: AskedProfile): Profile {
  if (merged.phone_number_verified === undefined) return merged
  if (merged.phone_number === undefined && typeof said === 'boolean') return wrong('phone_number_verified', 'sent with a phone_number that it is about')
  const { phone_number_verified: _, ...unproven } = merged
  return merged.phone_number === undefined || (merged.phone_number !== former.phone_number && said === undefined) ? unproven : merged
}

function checkWhole(profile: Profile): Profile {
  return Buffer.byteLength(JSON.stringify(profile)) > MOST_BYTES
    ? refuse('profile_invalid', {
        reason: 'too_large',
        detail: `A whole profile is up to ${MOST_BYTES} bytes of JSON. Send shorter members, or take some away with null.`,
      })
    : profile
}

function readText(value: unknown, place: string): string {
  const text = readLines(value, place)
  return /[\r\n]/.test(text) ? wrong(place, 'one line') : text
}

/** §5.1.1: an address may have several lines. */
function readLines(value: unknown, place: string): string {
  const text = textOf(value, place).trim()
  const fits = text !== '' && text.length <= LONGEST_TEXT && isVisible(text.replace(/\r?\n/g, ' '))
  return fits ? text : wrong(place, `a text of 1 to ${LONGEST_TEXT} visible characters, or null to take it away`)
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

function readUrl(value: unknown, place: string): string {
  const text = textOf(value, place)
  const url = text.length <= LONGEST_URL && /^[\x21-\x7e]+$/.test(text) ? URL.parse(text) : null
  const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
  if (isSafe && url.username === '' && url.password === '') return text
  return wrong(place, `an https address of up to ${LONGEST_URL} plain characters (http on loopback alone), without user name or password`)
}

/** ISO 8601-1; the year alone, or without the year as 0000. */
function readBirthdate(value: unknown, place: string): string {
  const text = textOf(value, place)
  const isYear = /^\d{4}$/.test(text) && text !== '0000'
  return isYear || isDay(text.replace(/^0000-/, '2000-')) // a leap year: who was born on 29 February may say so
    ? text
    : wrong(place, 'a date as YYYY-MM-DD, 0000-MM-DD without the year, or YYYY alone')
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function readZone(value: unknown, place: string): string {
  const text = textOf(value, place)
  // An offset such as +01:00 would pass too, and is no name.
  const isZone = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text) && passes(() => new Intl.DateTimeFormat('en', { timeZone: text }))
  return isZone ? text : wrong(place, 'a name of the IANA time zone database, such as Europe/Paris')
}

/** In its canonical spelling. */
function readLocale(value: unknown, place: string): string {
  const text = textOf(value, place)
  const isTag = text.length <= LONGEST_TEXT && passes(() => Intl.getCanonicalLocales(text))
  const [locale] = isTag ? Intl.getCanonicalLocales(text) : []
  return locale ?? wrong(place, 'a language tag (BCP 47), such as en-US')
}

/** E.164, with the extension of RFC 3966 §3. */
function readPhone(value: unknown, place: string): string {
  const text = textOf(value, place)
  return /^\+[1-9]\d{1,14}(?:;ext=\d{1,15})?$/.test(text) ? text : wrong(place, '+ and digits without spaces, such as +14255551212 or +14255551212;ext=56')
}

/** What is kept here is told to others, shown and listed (K3). */
function textOf(value: unknown, place: string): string {
  if (typeof value !== 'string') return wrong(place, 'a text, or null to take it away')
  if (!holdsCredential(value)) return value
  return refuse('profile_invalid', { reason: 'credential', detail: `A credential stands in ${place}. Replace it: it may have been written down on its way.` })
}

function passes(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

function wrong(place: string, what: string): never {
  return refuse('profile_invalid', { reason: place, detail: `${place} must be ${what}.` })
}
