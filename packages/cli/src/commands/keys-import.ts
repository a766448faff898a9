/** `latchwork keys import`: keys of another system, by their digests. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CREDENTIAL_PATTERN } from '@latchwork/kernel'
import type { Command } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { undefinedIn, wordsOfSlips } from './keys-slips.ts'

export const keysImportCommand: Command = {
  name: 'keys import',
  summary: 'Take keys over from another system by their SHA-256 digests, all or none.',
  flags: [{ name: 'file', value: 'FILE', help: 'A JSON list of up to 1000: { digest, accountId, name, scopes, … }.', isRequired: true }, ...serverFlags],
  more: 'Each entry has digest (SHA-256 of the whole key, hexadecimal or base64url), accountId and name, and may have kind (rk or sk), environment, scopes, roles, networks, limits, credits, start, end, notBefore and expiresAt. The keys themselves never leave where they are.',
  example: ['latchwork keys import --file keys.json --root-key-file root.key'],
  async run(invocation) {
    const keys = readEntries(resolve(invocation.terminal.cwd, invocation.required('file')))
    const answer = (await callServer(invocation, { method: 'POST', path: '/v1/keys/import', body: { keys } })) as { readonly keys?: readonly unknown[] }
    const slips = new Set((answer.keys ?? []).flatMap(undefinedIn))
    if (slips.size > 0 && !invocation.wantsJson) invocation.terminal.err(wordsOfSlips([...slips]))
    invocation.terminal.out(invocation.wantsJson ? JSON.stringify(answer) : counted(answer.keys?.length ?? 0))
    return 0
  },
}

function readEntries(path: string): readonly unknown[] {
  const text = read(path)
  if (text.search(CREDENTIAL_PATTERN) >= 0) throw new Failure(`${path} holds whole keys.`, 'Give their SHA-256 digests: whole keys must not be sent.')
  try {
    const content: unknown = JSON.parse(text)
    if (Array.isArray(content)) return content
  } catch {
    // told below, without what the file holds
  }
  throw new Failure(`${path} is no JSON list.`, 'Write [{ "digest": "…", "accountId": "acc_…", "name": "…" }].')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Failure(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, 'Name a file that is there and that you may read.')
  }
}

function counted(count: number): string {
  return count === 1 ? '1 key is imported and works from now on.' : `${count} keys are imported and work from now on.`
}
