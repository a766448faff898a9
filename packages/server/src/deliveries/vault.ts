/**
 * Vault's and OpenBao's key/value engine. Version 2 is written with check-and-set: what was written there between our look and our writing is not overwritten, and a key that lies
 * there already is not written again.
 */
import type { VaultTarget } from '../config/delivery-target.ts'
import type { OutboundAnswer } from '../outbound/guarded-fetch.ts'
import { type AdapterParts, documentOf, isDone, jsonIn, readCredential, refusedBy, type TargetAdapter } from './target-adapter.ts'

type Json = Readonly<Record<string, unknown>>

export function vaultAdapter(target: VaultTarget, { fetch }: AdapterParts): TargetAdapter {
  const { url, mount, version, namespace, prefix } = target
  async function call(method: 'GET' | 'POST', path: string, body?: Json): Promise<OutboundAnswer> {
    const token = await readCredential(target.token, 'the token')
    return fetch(`${url}/v1/${path}`, {
      method,
      headers: {
        'x-vault-token': token.reveal(),
        'x-vault-request': 'true',
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  return {
    faultOf: () => undefined,
    async deliver(delivery) {
      const data = documentOf(delivery)
      const place = `${prefix}${delivery.path}`
      if (version === 1) {
        const written = await call('POST', `${mount}/${place}`, data)
        if (isDone(written)) return 'written'
        throw refusedBy('Vault', written)
      }
      const before = await call('GET', `${mount}/data/${place}`)
      if (!isDone(before) && before.status !== 404) throw refusedBy('Vault', before, 'on reading the version that is there')
      const { data: there, metadata } = (jsonIn(before)['data'] ?? {}) as { readonly data?: Json | null; readonly metadata?: Json }
      // audit:allow code/secret-compared-plainly both sides are ours: what stands in the vault, and what goes there
      if (there?.['apiKey'] === data['apiKey']) return `there already, as version ${metadata?.['version']}`
      const cas = typeof metadata?.['version'] === 'number' ? metadata['version'] : 0
      const written = await call('POST', `${mount}/data/${place}`, { options: { cas }, data })
      if (isDone(written)) return `written as version ${(jsonIn(written)['data'] as Json | undefined)?.['version'] ?? cas + 1}`
      throw refusedBy('Vault', written, written.status === 400 ? 'another version was written meanwhile, or the path is no key/value path' : '')
    },
  }
}
