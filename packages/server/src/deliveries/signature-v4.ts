/**
 * AWS Signature Version 4 (the "Create a signed AWS API request" page of the IAM user guide): a canonical form of the request, a text that binds it to a time, a region and a service,
 * and an HMAC under a key that is derived from the secret for that day, region and service alone. The published vectors are among the tests.
 */
import { createHmac, hash } from 'node:crypto'
import type { Secret } from '@latchwork/kernel'

export interface RequestToSign {
  readonly method: 'GET' | 'POST'
  /** Its path and query must be in their plain form already. */
  readonly url: URL
  /** Every one of them is signed; names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface AwsIdentity {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken?: Secret
  readonly region: string
  readonly service: string
}

/** The headers to send: those given, the time, the session token, and the signature over all of them. `host` is signed too, and left to whoever sends. */
export function signRequest({ method, url, headers, body }: RequestToSign, identity: AwsIdentity, now: number): Readonly<Record<string, string>> {
  const { accessKeyId, sessionToken, region, service } = identity
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const sent = { ...headers, 'x-amz-date': time, ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken.reveal() }) }
  const signed = Object.entries({ ...sent, host: url.host }).sort(([one], [other]) => (one < other ? -1 : 1))
  const names = signed.map(([name]) => name).join(';')
  const lines = signed.map(([name, value]) => `${name}:${value.trim().replaceAll(/ +/g, ' ')}\n`).join('')
  const canonical = [method, url.pathname, canonicalQuery(url), lines, names, hash('sha256', body, 'hex')].join('\n')
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, hash('sha256', canonical, 'hex')].join('\n')
  const signature = createHmac('sha256', signingKey(identity, time.slice(0, 8)))
    .update(toSign)
    .digest('hex')
  return { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}` }
}

function canonicalQuery({ searchParams }: URL): string {
  const pairs = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return pairs.sort().join('&')
}

/** RFC 3986: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function signingKey({ secretAccessKey, region, service }: AwsIdentity, day: string): Buffer {
  return [day, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey.reveal()}`),
  )
}
