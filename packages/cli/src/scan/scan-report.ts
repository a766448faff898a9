/** `latchwork scan --report`: what was found of ours, told to the server that can end it. */
import type { Finding } from '@latchwork/scan'
import type { Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer } from '../server-call.ts'

/** What the server takes of one network at once. */
const MOST = 60

/** Live ones alone: each once. Keys of other brands are another installation's, and nobody else's business. @throws Failure */
export async function reportOwnKeys(invocation: Invocation, findings: readonly Finding[], brands: readonly string[]): Promise<void> {
  const own = findings.flatMap(({ own: one }) => (one === undefined ? [] : [one]))
  const ours = own.filter(({ environment, brand }) => environment !== 'test' && (brand === undefined || brands.length === 0 || brands.includes(brand)))
  const secrets = [...new Set(ours.map(({ secret }) => secret.reveal()))]
  const url = invocation.text('url')
  for (const credential of secrets.slice(0, MOST)) {
    const body = { credential, source: 'latchwork scan', ...(url === undefined ? {} : { url }) }
    await callServer(invocation, { method: 'POST', path: '/v1/leaks', body, isOpen: true })
  }
  invocation.terminal.err(
    secrets.length === 0 ? 'Nothing to report: no live key of ours.' : `${Math.min(secrets.length, MOST)} of ${secrets.length} live keys of ours reported.`,
  )
  if (secrets.length > MOST)
    throw new Failure(
      `${secrets.length - MOST} keys are not reported: one network may report ${MOST} at once.`,
      'Wait a minute and scan again, or use the signed webhook.',
    )
}
