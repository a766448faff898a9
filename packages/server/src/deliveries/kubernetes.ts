/** A Secret of Kubernetes, by server-side apply: made if it is not there, and of what is there only our own fields are changed. */
import type { KubernetesTarget } from '../config/delivery-target.ts'
import { type AdapterParts, documentOf, isDone, jsonIn, readCredential, refusedBy, type TargetAdapter } from './target-adapter.ts'

/** RFC 1123 subdomain, as names of Secrets are. */
const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
const MAX_NAME = 253

/** Ids have capitals and `_`, which names of Secrets have not. */
export function secretName(prefix: string, path: string): string {
  return prefix + path.replaceAll(/key_[0-9A-Za-z]+/g, (id) => id.toLowerCase().replace('_', '-'))
}

export function kubernetesAdapter(target: KubernetesTarget, { fetch }: AdapterParts): TargetAdapter {
  const { url, namespace, prefix } = target
  return {
    faultOf(path) {
      const name = secretName(prefix, path)
      return NAME.test(name) && name.length <= MAX_NAME ? undefined : 'The path is the name of a Secret: small letters, digits, "-" and "." alone.'
    },
    async deliver(delivery) {
      const token = await readCredential(target.token, 'the service account token')
      const name = secretName(prefix, delivery.path)
      const data = Object.fromEntries(Object.entries(documentOf(delivery)).map(([member, text]) => [member, Buffer.from(text).toString('base64')]))
      const metadata = { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'latchwork' } }
      const answer = await fetch(`${url}/api/v1/namespaces/${namespace}/secrets/${name}?fieldManager=latchwork&force=true`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/apply-patch+yaml', accept: 'application/json' },
        body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }), // JSON is YAML
        maxBytes: 2 * 1024 * 1024, // the answer is the whole Secret
      })
      if (isDone(answer)) return answer.status === 201 ? 'created' : 'written'
      const reason = jsonIn(answer)['reason']
      throw refusedBy('Kubernetes', answer, /^[A-Za-z]{1,40}$/.exec(typeof reason === 'string' ? reason : '')?.[0])
    },
  }
}
