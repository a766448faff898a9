/** `latchwork leaks …`: telling a server of a credential of its own that is known to others. Whoever holds it may; no key of yours is needed. */
import { fingerprintOf, parseCredential } from '@latchwork/kernel'
import type { Command, Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import { callServer, serverFlag } from '../server-call.ts'

/** What the server takes of one network at once. */
const MOST = 60

export const leakCommands: readonly Command[] = [
  {
    name: 'leaks report',
    summary: 'Report credentials that leaked: the server ends them as its policy says.',
    flags: [
      { name: 'credential-file', value: 'FILE', help: 'Where they are, one a line; standard input unless said otherwise.' },
      { name: 'url', value: 'URL', help: 'Where they were found.' },
      { name: 'source', value: 'TEXT', help: 'What found them, or what they were found in.' },
      serverFlag,
    ],
    example: ['latchwork leaks report --credential-file found.txt \\', '    --url https://example.com/paste/1 --server https://auth.example.com'],
    more: 'A credential is never taken as an argument. What has not the form and checksum of one stays on this machine.',
    run: reportLeaks,
  },
]

async function reportLeaks(invocation: Invocation): Promise<number> {
  const credentials = await readCredentials(invocation)
  const [url, source] = [invocation.text('url'), invocation.text('source')]
  for (const credential of credentials) {
    const body = { credential, ...(url === undefined ? {} : { url }), ...(source === undefined ? {} : { source }) }
    await callServer(invocation, { method: 'POST', path: '/v1/leaks', body, isOpen: true })
  }
  const reported = credentials.map(fingerprintOf)
  const { terminal } = invocation
  terminal.out(invocation.wantsJson ? JSON.stringify({ reported }) : reported.map((fingerprint) => `${fingerprint} is reported.`).join('\n'))
  return 0
}

/** @throws Failure if there are none, more than the server takes at once, or one that is no credential. */
async function readCredentials(invocation: Invocation): Promise<readonly string[]> {
  const text = await readSecretFile(invocation.text('credential-file') ?? '-', invocation.terminal)
  const lines = [...new Set(text.split('\n').flatMap((line) => line.trim() || []))]
  if (lines.length === 0) throw new Failure('There is nothing to report.', 'Give the credentials in --credential-file or on standard input, one a line.')
  if (lines.length > MOST) throw new Failure(`${lines.length} credentials are too many at once.`, `Report up to ${MOST} at a time, or use the signed webhook.`)
  const strange = lines.findIndex((line) => parseCredential(line) === undefined)
  if (strange >= 0) throw new Failure(`Line ${strange + 1} is no credential: its form or checksum is wrong.`, 'Nothing was sent. Copy it again, whole.')
  return lines
}
