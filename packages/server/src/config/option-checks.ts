/** The checks that one value can be put to by itself: each gives the fault, or nothing. */
import { BlockList, isIP, isIPv4 } from 'node:net'
import { Secret } from '@latchwork/kernel'
import { parseColour } from '../look/colour.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** A host name or address that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return host === 'localhost' || (isIP(address) !== 0 && loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'))
}

export function between(least: number, most: number): (value: number) => string | undefined {
  return (value) => (value >= least && value <= most ? undefined : `${value} is not between ${least} and ${most}`)
}

/** An origin and nothing else, in its one spelling: clients compare it character for character (RFC 8414 §3.3, RFC 9207 §2.4). */
export function faultOfIssuer(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not an address'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `has the scheme ${url.protocol}//, not https://`
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  if (text.includes('?')) return 'has a query (RFC 8414 §2)'
  if (text.includes('#')) return 'has a fragment (RFC 8414 §2)'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) return 'is http and not on this machine: credentials would travel in clear (RFC 8414 §2)'
  if (url.pathname !== '/') return 'has a path'
  if (text.endsWith('/')) return 'ends in a slash'
  return text === url.origin ? undefined : `is not in its plain form, ${url.origin}`
}

/** Exactly what browsers send as `Origin` (RFC 6454 §6.2). */
export function faultOfOrigins(origins: readonly string[]): string | undefined {
  return firstFault(origins, (origin) => {
    if (origin.includes('*') || origin === 'null') return 'would let any site in: name each origin'
    if (!URL.canParse(origin)) return 'is not an origin'
    const url = new URL(origin)
    if (!['https:', 'http:'].includes(url.protocol)) return 'is not an http or https origin'
    if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) return 'is http and not on this machine: whoever is on the way could act as that site'
    return origin === url.origin ? undefined : 'is more than an origin, or not in its plain form'
  })
}

export function faultOfProxies(entries: readonly string[]): string | undefined {
  return firstFault(entries, (entry) => {
    const [address = '', prefix, ...more] = entry.split('/')
    const bits = isIP(address) === 6 ? 128 : 32
    if (isIP(address) === 0 || more.length > 0) return 'is no IP address or CIDR block'
    if (prefix === undefined) return undefined
    if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return `has a prefix that is not between 1 and ${bits}`
    return Number(prefix) === 0 ? 'would trust everybody: anybody could claim any address' : undefined
  })
}

export function faultOfHost(host: string): string | undefined {
  return isIP(host) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host) ? undefined : `${host} is no host name or IP address`
}

/** 32 bytes in base64url, one spelling, and not made up by hand. */
export function faultOfSecretKey(secret: Secret): string | undefined {
  const bytes = Buffer.from(secret.reveal(), 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== secret.reveal()) return 'is not 32 bytes in base64url (43 characters)'
  return new Set(bytes).size < 16 ? 'is not random' : undefined
}

/** As many as are given, the commas between them; white space around each does not count. */
export function faultOfSecretKeys(secret: Secret): string | undefined {
  const faults = entriesOf(secret).map(faultOfSecretKey)
  const wrong = faults.findIndex((fault) => fault !== undefined)
  return wrong < 0 ? undefined : `has an entry (the ${wrong + 1}. of ${faults.length}) that ${faults[wrong]}`
}

export function entriesOf(secrets: Secret): readonly Secret[] {
  return secrets
    .reveal()
    .split(',')
    .map((entry) => new Secret(entry.trim()))
}

export function faultOfDatabaseUrl(secret: Secret): string | undefined {
  if (!URL.canParse(secret.reveal())) return 'is not an address'
  const { protocol, hostname, pathname } = new URL(secret.reveal())
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') return 'is not a PostgreSQL address'
  return hostname === '' && pathname.length < 2 ? 'names neither a host nor a database' : undefined
}

export function faultOfColour(text: string): string | undefined {
  return parseColour(text) === undefined ? `${JSON.stringify(text.slice(0, 40))} is no colour of the form #rrggbb` : undefined
}

export function faultOfName(name: string): string | undefined {
  if (name.trim() !== name || name.length > 100) return 'has more than 100 characters, or spaces around it'
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name) ? 'holds characters that cannot be seen' : undefined
}

function firstFault(entries: readonly string[], faultOf: (entry: string) => string | undefined): string | undefined {
  for (const entry of entries) {
    const fault = faultOf(entry)
    if (fault !== undefined) return `${JSON.stringify(entry.slice(0, 200))} ${fault}`
  }
  return undefined
}
