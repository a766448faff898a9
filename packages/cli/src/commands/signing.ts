/** `latchwork signing …`: the keys a running server signs its tokens with. */
import type { Command, Invocation } from '../command.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { showList, shown } from './lists.ts'

interface SigningKey {
  readonly kid: string
  readonly algorithm: string
  readonly usedFrom: string
}

export const signingCommands: readonly Command[] = [
  {
    name: 'signing list',
    summary: 'List the signing keys and where they are in their life.',
    flags: serverFlags,
    more: 'next: published, not used yet. current: signs. retired: published while what it signed lives. withdrawn: no longer published. revoked: withdrawn at once.',
    example: ['latchwork signing list --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/signing-keys',
        columns: {
          KID: shown('kid'),
          ALGORITHM: shown('algorithm'),
          STATE: shown('state'),
          'USED FROM': shown('usedFrom'),
          'PUBLISHED UNTIL': shown('publishedUntil'),
        },
        none: 'There are no signing keys.',
      }),
  },
  {
    name: 'signing rotate',
    summary: 'Begin a rotation: publish the next key now, sign with it when every verifier has had time to learn of it.',
    flags: [{ name: 'algorithm', value: 'ALG', help: 'Only this one: ES256, RS256, PS256 or Ed25519. All in use unless said otherwise.' }, ...serverFlags],
    more: 'No token is refused because of a rotation. Asking twice changes nothing. If a key may be in other hands, use `latchwork signing revoke`.',
    example: ['latchwork signing rotate --root-key-file root.key', 'latchwork signing rotate --algorithm ES256 --root-key-file root.key'],
    run: rotate,
  },
  {
    name: 'signing revoke',
    summary: 'Revoke a signing key that others may have: whatever it signed is refused from now on.',
    operands: ['KID'],
    flags: [{ name: 'reason', value: 'TEXT', help: 'Why, for the log.' }, ...serverFlags],
    more: 'People whose session token it signed get a new one at their next refresh. @latchwork/verify refuses at once, other verifiers at their next fetch of /jwks.',
    example: ['latchwork signing revoke KID --reason "backup lost" --root-key-file root.key'],
    run: revoke,
  },
]

async function rotate(invocation: Invocation): Promise<number> {
  const algorithm = invocation.text('algorithm')
  const answer = await callServer(invocation, { method: 'POST', path: '/v1/signing-keys/rotate', body: algorithm === undefined ? {} : { algorithm } })
  const { items } = answer as { readonly items: readonly SigningKey[] }
  const lines = items.map((key) => `${key.algorithm}: ${key.kid} is published, and signs from ${key.usedFrom}.`)
  invocation.terminal.out(invocation.wantsJson ? JSON.stringify(answer) : lines.join('\n'))
  return 0
}

async function revoke(invocation: Invocation): Promise<number> {
  const [kid = ''] = invocation.operands
  const reason = invocation.text('reason')
  const path = `/v1/signing-keys/${encodeURIComponent(kid)}/revoke`
  const answer = await callServer(invocation, { method: 'POST', path, body: reason === undefined ? {} : { reason } })
  const { current } = answer as { readonly current?: SigningKey }
  const goesOn = current === undefined ? '' : ` ${current.algorithm} is signed by ${current.kid} from now on.`
  invocation.terminal.out(invocation.wantsJson ? JSON.stringify(answer) : `Signing key ${kid} is revoked.${goesOn}`)
  return 0
}
