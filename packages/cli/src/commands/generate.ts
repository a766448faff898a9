/** `latchwork generate …`: secrets of good entropy, made on this machine; what is configured of them is their digest. */
import { randomBytes } from 'node:crypto'
import { digestOf, mintToken, Secret } from '@latchwork/kernel'
import type { Command, Invocation } from '../command.ts'
import { writeSecretFile } from '../secret-file.ts'
import { outFlag, showSecret } from './shown-secret.ts'

async function generate(invocation: Invocation, secret: Secret, digest: string | undefined): Promise<number> {
  const out = invocation.text('out')
  const answer = { ...(digest === undefined ? {} : { digest }), ...(out === undefined ? {} : { secretFile: out }) }
  if (out !== undefined) await writeSecretFile(out, async () => ({ secret, result: undefined }))
  const place = out === undefined ? [] : [`The secret is in ${out}.`]
  const facts = digest === undefined ? place : [...place, 'Its digest, for the configuration:', digest]
  if (out === undefined || invocation.wantsJson || digest === undefined) {
    showSecret(invocation, out === undefined ? secret.reveal() : undefined, facts, answer)
    return 0
  }
  invocation.terminal.err(place.join('\n'))
  invocation.terminal.out(digest)
  return 0
}

export const generateCommands: readonly Command[] = [
  {
    name: 'generate secret-key',
    summary: "Make a server's secret key (32 random bytes, base64url).",
    flags: [outFlag],
    example: ['latchwork generate secret-key --out /run/secrets/latchwork'],
    more: 'Give it to every node by LATCHWORK_SECRET_KEY_FILE, LATCHWORK_SECRET_KEY or secretKey in the configuration.',
    run: (invocation) => generate(invocation, new Secret(randomBytes(32).toString('base64url')), undefined),
  },
  {
    name: 'generate root-key',
    summary: 'Make a root key and its digest, to be declared in the configuration.',
    flags: [outFlag],
    example: ['latchwork generate root-key --out root.key'],
    more: "Declare it: rootKeys: [{ name: 'deployment', digest: '…', scopes: ['keys:write'] }]. The server never sees the key until it is used.",
    run(invocation) {
      const secret = mintToken('root_key')
      return generate(invocation, secret, digestOf(secret.reveal()))
    },
  },
  {
    name: 'generate client-secret',
    summary: "Make a client's secret and its digest, to be declared in the configuration.",
    flags: [outFlag],
    example: ['latchwork generate client-secret --out printer.secret'],
    more: "Declare it: clients: [{ id: 'printer', secretDigests: ['…'], … }].",
    run(invocation) {
      const secret = mintToken('client_secret')
      return generate(invocation, secret, digestOf(secret.reveal()))
    },
  },
]
