/**
 * AWS Secrets Manager. The request token is made of the delivery, so that a second writing of the same key is known to be one and moves nothing
 * (PutSecretValue, ClientRequestToken). Requests are signed with Signature Version 4.
 */
import { hash } from 'node:crypto'
import type { AwsTarget } from '../config/delivery-target.ts'
import type { OutboundAnswer } from '../outbound/guarded-fetch.ts'
import { type AwsIdentity, signRequest } from './signature-v4.ts'
import { type AdapterParts, documentOf, isDone, jsonIn, readCredential, refusedBy, type TargetAdapter } from './target-adapter.ts'

export function awsAdapter(target: AwsTarget, { fetch, now }: AdapterParts): TargetAdapter {
  async function call(action: 'PutSecretValue' | 'CreateSecret', content: Readonly<Record<string, string>>): Promise<OutboundAnswer> {
    const url = new URL(`${target.url}/`)
    const body = JSON.stringify(content)
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `secretsmanager.${action}` }
    const signed = signRequest({ method: 'POST', url, headers, body }, await identityOf(target), now())
    return fetch(url.href, { method: 'POST', headers: signed, body })
  }
  return {
    faultOf: () => undefined,
    async deliver(delivery) {
      const name = `${target.prefix}${delivery.path}`
      const content = { ClientRequestToken: hash('sha256', delivery.id, 'hex'), SecretString: JSON.stringify(documentOf(delivery)) }
      const put = await call('PutSecretValue', { SecretId: name, ...content })
      if (isDone(put)) return 'written'
      if (faultIn(put) !== 'ResourceNotFoundException') throw refusedBy('AWS Secrets Manager', put, faultIn(put))
      const created = await call('CreateSecret', { Name: name, ...content })
      if (isDone(created)) return 'created'
      throw refusedBy('AWS Secrets Manager', created, faultIn(created))
    },
  }
}

/** The name of the fault: `__type`, which may have a namespace before it. */
function faultIn(answer: OutboundAnswer): string {
  const type = jsonIn(answer)['__type']
  return /^[A-Za-z]{1,64}$/.exec(typeof type === 'string' ? (type.split('#').at(-1) ?? '') : '')?.[0] ?? ''
}

async function identityOf({ region, accessKeyId, secretAccessKey, sessionToken }: AwsTarget): Promise<AwsIdentity> {
  return {
    accessKeyId: (await readCredential(accessKeyId, 'the access key id')).reveal(),
    secretAccessKey: await readCredential(secretAccessKey, 'the secret access key'),
    ...(sessionToken === undefined ? {} : { sessionToken: await readCredential(sessionToken, 'the session token') }),
    region,
    service: 'secretsmanager',
  }
}
