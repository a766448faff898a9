/** What of a request and an answer is not shown unless asked for. */
import type { Header, Hop } from '@latchwork/client'
import { redactCredentials } from '@latchwork/kernel'

const HIDDEN = '[hidden]'
const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|set-cookie|dpop)$|api-?key|token|secret/i
const MEMBER_NAMES =
  'access_token|refresh_token|id_token|client_secret|device_code|registration_access_token|code_verifier|accessToken|refreshToken|idToken|clientSecret|secret|password|apiKey|api_key'
const SECRET_MEMBER = new RegExp(`("(?:${MEMBER_NAMES})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)+"`, 'g')
const JWT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g

const NO_PROOF: Hop['proof'] = { names: [], secrets: [] }

/** The scheme of a credential and the attributes of a cookie stay. */
export function hideInHeader([name, value]: Header, proof = NO_PROOF): Header {
  if (!SECRET_HEADER.test(name) && !proof.names.includes(name.toLowerCase())) return [name, hideInText(value, proof)]
  if (/^set-cookie$/i.test(name)) return [name, value.replace(/=[^;]*/, `=${HIDDEN}`)]
  const [, scheme] = /^([A-Za-z]+) ./.exec(value) ?? []
  return [name, /authorization$/i.test(name) && scheme !== undefined ? `${scheme} ${HIDDEN}` : HIDDEN]
}

/** @param proof what was sent: an API that echoes it shows it no more than we do. */
export function hideInText(text: string, proof = NO_PROOF): string {
  const echoless = proof.secrets.filter((secret) => secret.length >= 4).reduce((left, secret) => left.replaceAll(secret, HIDDEN), text)
  return redactCredentials(echoless.replace(SECRET_MEMBER, `$1${HIDDEN}"`).replace(JWT, HIDDEN))
}

/** Addresses carry codes and tokens too. */
export function hideInAddress(address: string): string {
  return hideInText(address.replace(/([?&#](?:code|access_token|id_token|token|api_?key|key|secret|client_secret)=)[^&#]*/gi, `$1${HIDDEN}`))
}
