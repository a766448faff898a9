/** The checks of options that speak of other machines: what is allowed out, webhooks, mail. */
import type { Secret } from '@latchwork/kernel'
import { isLoopbackHost } from './option-checks.ts'

/** `host:port` as it stands in an address: lower case, IPv6 in brackets. */
const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):([1-9]\d{0,4})$/

export function faultOfAllowed(entries: readonly string[]): string | undefined {
  const wrong = entries.find((entry) => Number(HOST_AND_PORT.exec(entry)?.[1] ?? 65_536) > 65_535)
  return wrong === undefined ? undefined : `${JSON.stringify(wrong.slice(0, 200))} is not host:port`
}

export function faultOfWebhookUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not an address'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  if (url.protocol === 'https:') return undefined
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) ? undefined : 'is not https, nor http on this machine'
}

export function faultOfSigningSecret(secret: Secret): string | undefined {
  return Buffer.byteLength(secret.reveal()) < 32 ? 'has fewer than 32 characters' : undefined
}

export function faultOfSmtpUrl(secret: Secret): string | undefined {
  if (!URL.canParse(secret.reveal())) return 'is not an address'
  const { protocol, hostname } = new URL(secret.reveal())
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return 'is not an SMTP address'
  return hostname === '' ? 'names no host' : undefined
}

const ADDRESS = /^[^\s@<>,;:"\p{Cc}]{1,64}@[^\s@<>,;:"\p{Cc}]{1,253}$/u

export function faultOfMailAddress(text: string): string | undefined {
  return ADDRESS.test(text) ? undefined : 'is not a plain e-mail address'
}

export function faultOfMailAddresses(entries: readonly string[]): string | undefined {
  const wrong = entries.find((entry) => !ADDRESS.test(entry))
  return wrong === undefined ? undefined : `${JSON.stringify(wrong.slice(0, 200))} is not a plain e-mail address`
}
