/** What the configuration says of clients, as the room of OAuth takes it. */
import { X509Certificate } from 'node:crypto'
import { type OAuth, openClientKeys } from '@latchwork/oauth'
import type { Config } from './config/index.ts'
import { createGuardedFetch, OutboundError } from './outbound/guarded-fetch.ts'

const DOCUMENT_TIMEOUT_MS = 5000

export function clientsOf(config: Config): Pick<OAuth, 'profiles' | 'fetchDocument' | 'clientKeys' | 'certificates' | 'registration'> {
  const fetchDocument = documentsFrom(config)
  const { profiles, mtls } = config.clientProofs
  const { perAddressPerHour: _perHour, unusedAfterDays: _days, ...policy } = config.registration
  return {
    profiles: new Set(profiles),
    fetchDocument,
    clientKeys: openClientKeys(fetchDocument),
    registration: { ...policy, statementIssuers: config.statementIssuers },
    ...(mtls === undefined ? {} : { certificates: { authorities: mtls.authorities.map((pem) => new X509Certificate(pem)) } }),
  }
}

function documentsFrom({ outbound }: Config): OAuth['fetchDocument'] {
  const fetch = createGuardedFetch(outbound)
  return async (url) => {
    try {
      const { status, body } = await fetch(url, { method: 'GET', headers: { accept: 'application/json' }, timeoutMs: DOCUMENT_TIMEOUT_MS })
      return status === 200 ? { body } : { failed: `answered ${status}` }
    } catch (error) {
      if (error instanceof OutboundError) return { failed: `${error.reason}: ${error.message}` }
      throw error
    }
  }
}
