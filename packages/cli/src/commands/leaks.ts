/** `latchwork leaks …`: telling a server of a credential of its own that is known to others. Whoever holds it may; no key of yours is needed. */
import { fingerprintOf, isForeignForm, parseCredential } from '@latchwork/kernel'
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
      { name: 'imported', help: 'Also lines of another form: keys of another system that were imported there.' },
      serverFlag,
    ],
    example: ['latchwork leaks report --credential-file found.txt \\', '    --url https://example.com/paste/1 --server https://auth.example.com'],
    more: 'A credential is never taken as an argument. What has not the form and checksum of one stays on this machine, unless --imported says otherwise.',
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
  const reported = credentials.map((credential) => (parseCredential(credential) === undefined ? 'An imported key' : fingerprintOf(credential)))
  const { terminal } = invocation
  terminal.out(invocation.wantsJson ? JSON.stringify({ reported }) : reported.map((fingerprint) => `${fingerprint} is reported.`).join('\n'))
  return 0
}

/** What is no credential of ours stays here. @throws Failure if there are none, or more than the server takes at once. */
async function readCredentials(invocation: Invocation): Promise<readonly string[]> {
  const text = await readSecretFile(invocation.text('credential-file') ?? '-', invocation.terminal)
  const lines = [...new Set(text.split('\n').flatMap((line) => line.trim() || []))]
  const isImported = (line: string): boolean => invocation.isOn('imported') && isForeignForm(line)
  const credentials = lines.filter((line) => parseCredential(line) !== undefined || isImported(line))
  const strange = lines.length - credentials.length
  if (credentials.length === 0)
    throw new Failure(
      strange === 0 ? 'There is nothing to report.' : 'Nothing here is a credential: form or checksum is wrong.',
      'Give the credentials in --credential-file or on standard input, whole, one a line.',
    )
  if (credentials.length > MOST)
    throw new Failure(`${credentials.length} credentials are too many at once.`, `Report up to ${MOST} at a time, or use the signed webhook.`)
  if (strange > 0) invocation.terminal.err(`${strange} ${strange === 1 ? 'line is' : 'lines are'} no credential of Latchwork's and not sent.`)
  return credentials
}
