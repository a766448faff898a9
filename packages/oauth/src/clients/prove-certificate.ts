/** Certificates of the connection as a client's proof (RFC 8705 §2). TLS itself has proven that the client holds the private key; here it is judged whose it is. */
import type { X509Certificate } from 'node:crypto'
import { refuse } from '@latchwork/kernel'
import type { Jwk } from '../jose/key-set.ts'
import type { OAuth } from '../oauth.ts'
import type { Client, ClientSettings } from '../store.ts'
import { isSameName } from './distinguished-name.ts'

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2' // extended key usage (RFC 5280 §4.2.1.12)

/** RFC 8705 §2.1: in time, vouched for by an authority of the operator's, and of the one registered name. @throws Refusal `client_authentication_failed`. */
export function proveByAuthority(oauth: OAuth, client: Client, certificate: X509Certificate, now: number): void {
  checkCertificateTime(client, certificate, now)
  const authorities = oauth.certificates?.authorities ?? []
  const isVouchedFor = authorities.some(
    (authority) => authority.ca && isInTime(authority, now) && certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  )
  if (!isVouchedFor) fail(client, 'no authority vouches for the certificate')
  // Node's types call the list of purposes optional.
  const purposes: readonly string[] | undefined = certificate.keyUsage
  if (purposes !== undefined && !purposes.includes(CLIENT_AUTHENTICATION)) fail(client, 'the certificate is not for clients')
  const { tlsClientAuth } = client.settings
  if (tlsClientAuth === undefined || !bearsName(certificate, tlsClientAuth)) fail(client, 'the certificate bears another name')
}

/** RFC 8705 §2.2: the very certificate that the client has registered in its keys. @throws Refusal `client_authentication_failed`; `client_keys_unreachable`. */
export async function proveBySelfSigned(oauth: OAuth, client: Client, certificate: X509Certificate, now: number): Promise<void> {
  checkCertificateTime(client, certificate, now)
  const isOfIt = ({ x5c }: Jwk): boolean => Array.isArray(x5c) && typeof x5c[0] === 'string' && Buffer.from(x5c[0], 'base64').equals(certificate.raw)
  const keys = await oauth.clientKeys.find(client, (all) => all.filter(isOfIt), now)
  if (keys.length === 0) fail(client, 'the certificate is not among the registered ones')
}

function checkCertificateTime(client: Client, certificate: X509Certificate, now: number): void {
  if (!isInTime(certificate, now)) fail(client, 'the certificate is not in time')
}

function isInTime({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}

const prefixes = { san_dns: 'DNS:', san_uri: 'URI:', san_ip: 'IP Address:', san_email: 'email:' } as const

function bearsName(certificate: X509Certificate, { by, value }: NonNullable<ClientSettings['tlsClientAuth']>): boolean {
  if (by === 'subject_dn') return isSameName(certificate.subject, value)
  const names = alternativeNames(certificate).flatMap((name) => (name.startsWith(prefixes[by]) ? [name.slice(prefixes[by].length)] : []))
  if (by === 'san_dns') return names.some((name) => name.toLowerCase() === value.toLowerCase())
  if (by === 'san_ip') return names.some((name) => canonicalIp(name) !== undefined && canonicalIp(name) === canonicalIp(value))
  return names.includes(value)
}

/** Node quotes a name that could be mistaken for two. */
function alternativeNames({ subjectAltName }: X509Certificate): readonly string[] {
  const parts = (subjectAltName ?? '').match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []
  return parts.map((part) => part.trim().replace(/"(?:[^"\\]|\\.)*"/, (quoted) => JSON.parse(quoted) as string))
}

function canonicalIp(text: string): string | undefined {
  const host = text.includes(':') ? `[${text}]` : text
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined
}

function fail(client: Client, reason: string): never {
  return refuse('client_authentication_failed', { reason, about: { clientId: client.id } })
}
