/** Checks settings by the table: each member known, of its shape, and by its own rule; then what must hold among them. */
import { nearMiss, refuse } from '@latchwork/kernel'
import type { ClientSettings, Encryption } from '../store.ts'
import {
  type Candidate,
  certificateNames,
  contentEncryptionAlgorithms,
  keyManagementAlgorithms,
  type SettingShape,
  settingNames,
  settingRows,
} from './setting-rows.ts'

/** @throws Refusal `client_invalid`, naming the member and its fault. */
export function checkSettings(written: Readonly<Record<string, unknown>>, candidate: Candidate): ClientSettings {
  const unknown = Object.keys(written).find((name) => !Object.hasOwn(settingRows, name))
  if (unknown !== undefined) return refuse('client_invalid', { detail: `There is no setting ${JSON.stringify(unknown.slice(0, 60))}. ${meantBy(unknown)}` })
  const given = settingNames.filter((name) => written[name] !== undefined)
  for (const name of given) {
    const { shape, fault, wire } = settingRows[name]
    const wrong =
      faultOfShape(shape, written[name]) ?? (fault as ((value: unknown, candidate: Candidate) => string | undefined) | undefined)?.(written[name], candidate)
    if (wrong !== undefined) return refuse('client_invalid', { detail: `${name}${wire === undefined ? '' : ` (${wire[0]})`} ${wrong}.` })
  }
  const settings = Object.fromEntries(given.map((name) => [name, written[name]])) as ClientSettings
  checkTogether(settings, candidate)
  return settings
}

/** What its author meant, also where it is the name that dynamic registration has for it. */
function meantBy(unknown: string): string {
  const named = settingNames.flatMap((name) => [[name, name] as const, ...(settingRows[name].wire ?? []).map((wire) => [wire, name] as const)])
  const meant = new Map<string, string>(named).get(
    nearMiss(
      unknown.slice(0, 60),
      named.map(([known]) => known),
    ) ?? '',
  )
  return meant === undefined ? 'The guide to clients (docs/guides/clients.md) lists them all.' : `Did you mean ${meant}?`
}

function faultOfShape(shape: SettingShape, value: unknown): string | undefined {
  switch (shape.kind) {
    case 'text':
      return isText(value, shape.maxLength) ? undefined : `is no text of 1 to ${shape.maxLength} characters`
    case 'texts':
      return Array.isArray(value) && value.length <= shape.maxItems && value.every((entry) => isText(entry, shape.maxLength))
        ? undefined
        : `is no list of up to ${shape.maxItems} texts of up to ${shape.maxLength} characters`
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'is neither true nor false'
    case 'seconds':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= shape.max
        ? undefined
        : `is no whole number of seconds from 0 to ${shape.max}`
    case 'word':
      return shape.words.includes(value as string) ? undefined : `is not one of ${shape.words.join(', ')}`
    case 'encryption':
      return faultOfEncryption(value)
    case 'certificate':
      return faultOfCertificateName(value)
    default:
      return typeof value === 'object' && value !== null ? undefined : 'is no object'
  }
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && value.isWellFormed() && !/\p{Cc}/u.test(value)
}

function faultOfEncryption(value: unknown): string | undefined {
  const { alg, enc, ...more } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Encryption>
  if (!(keyManagementAlgorithms as readonly unknown[]).includes(alg)) return `has an alg that is not one of ${keyManagementAlgorithms.join(', ')}`
  if (!(contentEncryptionAlgorithms as readonly unknown[]).includes(enc)) return `has an enc that is not one of ${contentEncryptionAlgorithms.join(', ')}`
  return Object.keys(more).length === 0 ? undefined : 'has a member beside alg and enc'
}

function faultOfCertificateName(value: unknown): string | undefined {
  const { by, value: name, ...more } = (typeof value === 'object' && value !== null ? value : {}) as Partial<NonNullable<ClientSettings['tlsClientAuth']>>
  if (!(certificateNames as readonly unknown[]).includes(by)) return `is found by none of ${certificateNames.join(', ')}`
  return isText(name, 1000) && Object.keys(more).length === 0 ? undefined : 'has no value of 1 to 1000 characters'
}

function checkTogether(settings: ClientSettings, { redirectUris }: Candidate): void {
  const { jwks, jwksUri, idTokenEncryption, userInfoEncryption, introspectionEncryption } = settings
  if (jwks !== undefined && jwksUri !== undefined) refuse('client_invalid', { detail: 'Give jwks or jwks_uri, not both (RFC 7591 §2).' })
  const hasKeys = jwks !== undefined || jwksUri !== undefined
  if (!hasKeys && [idTokenEncryption, userInfoEncryption, introspectionEncryption].some((wish) => wish !== undefined))
    refuse('client_invalid', { detail: 'Encryption needs the public keys of the client: give jwks or jwks_uri.' })
  // OpenID Connect Core §8.1: pairwise subjects of several hosts need a sector that says they belong together; ports of one are one.
  const hosts = new Set(redirectUris.map((text) => new URL(text).hostname))
  if (settings.subjectType === 'pairwise' && settings.sectorIdentifierUri === undefined && hosts.size > 1)
    refuse('client_invalid', { detail: 'Redirect URIs at several hosts need a sector_identifier_uri for pairwise subjects (OpenID Connect Core §8.1).' })
}
