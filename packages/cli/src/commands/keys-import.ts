/** `latchwork keys import`: keys of another system, by their digests. */
import { CREDENTIAL_PATTERN } from '@latchwork/kernel'
import type { Command, Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { readBytes } from '../request/body-of.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { undefinedIn, wordsOfSlips } from './keys-slips.ts'

export const keysImportCommand: Command = {
  name: 'keys import',
  summary: 'Take keys over from another system by their SHA-256 digests, all or none.',
  flags: [
    { name: 'file', value: 'FILE', help: 'A JSON list of up to 1000: { digest, accountId, name, scopes, … }; - for standard input.', isRequired: true },
    ...serverFlags,
  ],
  more: 'Each entry has digest (SHA-256 of the whole key, hexadecimal or base64url), accountId and name, and may have kind (rk or sk), environment, scopes, roles, networks, limits, credits, start, end, notBefore and expiresAt. The keys themselves never leave where they are.',
  example: ['latchwork keys import --file keys.json --root-key-file root.key'],
  async run(invocation) {
    const keys = await readEntries(invocation)
    const answer = (await callServer(invocation, { method: 'POST', path: '/v1/keys/import', body: { keys } })) as { readonly keys?: readonly unknown[] }
    const slips = new Set((answer.keys ?? []).flatMap(undefinedIn))
    if (slips.size > 0 && !invocation.wantsJson) invocation.terminal.err(wordsOfSlips([...slips]))
    invocation.terminal.out(invocation.wantsJson ? JSON.stringify(answer) : counted(answer.keys?.length ?? 0))
    return 0
  },
}

async function readEntries({ required, text: given, terminal }: Invocation): Promise<readonly unknown[]> {
  const path = required('file')
  if (path === '-' && given('root-key-file') === '-')
    throw new WrongUsage('Standard input cannot be both the list and the root key.', 'Put one of them into a file, or set LATCHWORK_ROOT_KEY.')
  const text = (await readBytes(path, terminal)).toString('utf8')
  const from = path === '-' ? 'Standard input' : path
  if (text.search(CREDENTIAL_PATTERN) >= 0) throw new Failure(`${from} holds whole keys.`, 'Give their SHA-256 digests: whole keys must not be sent.')
  try {
    const content: unknown = JSON.parse(text)
    if (Array.isArray(content)) return content
  } catch {
    // told below, without what the file holds
  }
  throw new Failure(`${from} is no JSON list.`, 'Write [{ "digest": "…", "accountId": "acc_…", "name": "…" }].')
}

function counted(count: number): string {
  return count === 1 ? '1 key is imported and works from now on.' : `${count} keys are imported and work from now on.`
}
