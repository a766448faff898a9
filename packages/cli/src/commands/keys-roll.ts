/** `latchwork keys roll|end|extend|update`: a key's way to its successor, and its end. */
import type { Command, Invocation } from '../command.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { slipsOf } from './keys-slips.ts'
import { changedTerms, clearFlag, keyTermFlags } from './keys-terms.ts'
import { makeOnServer } from './made-by-server.ts'
import { sameServer } from './same-server.ts'
import { secondsOf } from './seconds-of.ts'
import { outFlag, textAt } from './shown-secret.ts'

const EXAMPLE = 'key_0VYw3kQ1abcdefghijklmn'

export const keyRollCommands: readonly Command[] = [
  {
    name: 'keys roll',
    summary: 'Put a new key in the place of one, which lives on for an overlap; the new one is shown once.',
    operands: ['ID'],
    flags: [
      { name: 'overlap', value: 'TIME', help: 'How long the old key lives on: 0s to 7d, such as 90m; 24h unless said otherwise.' },
      { name: 'at-first-use', help: 'The overlap begins when the new key is first used.' },
      { name: 'end', value: 'ID', help: 'A key to end in the same act, for its place.' },
      outFlag,
      ...serverFlags,
    ],
    example: [`latchwork keys roll ${EXAMPLE} --overlap 2h \\`, '    --root-key-file root.key --out new.key'],
    run: (invocation) => {
      const [overlap, end] = [invocation.text('overlap'), invocation.text('end')]
      const body = {
        ...(overlap === undefined ? {} : { overlapSeconds: secondsOf(overlap, 'overlap') }),
        ...(invocation.isOn('at-first-use') ? { startsAtFirstUse: true } : {}),
        ...(end === undefined ? {} : { end }),
      }
      const [old = ''] = invocation.operands
      const hasEnded = end === old || (body.overlapSeconds === 0 && body.startsAtFirstUse === undefined)
      return makeOnServer(invocation, {
        call: { method: 'POST', path: pathOf(invocation, 'roll'), body },
        member: 'key',
        words: (key) =>
          [
            `Key ${textAt(key, 'id')} (${textAt(key, 'fingerprint')}) is in the place of ${old}${hasEnded ? ', which has ended' : ''}.`,
            ...(hasEnded ? [] : [`Once nothing uses ${old} any more, end it:  latchwork keys end ${old}${sameServer(invocation)}`]),
          ].join('\n'),
        hasSecret: true,
      })
    },
  },
  {
    name: 'keys end',
    summary: 'End a key now, as if it had expired.',
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork keys end ${EXAMPLE} --root-key-file root.key`],
    run: (invocation) => endAt(invocation, {}, (id) => `Key ${id} has ended.`),
  },
  {
    name: 'keys extend',
    summary: 'Let a key that was rolled live longer, or shorter: 7 days from now at most.',
    operands: ['ID'],
    flags: [{ name: 'by', value: 'TIME', help: 'How long from now, such as 12h or 3d.', isRequired: true }, ...serverFlags],
    example: [`latchwork keys extend ${EXAMPLE} --by 3d \\`, '    --root-key-file root.key'],
    run: (invocation) => {
      const at = new Date(Date.now() + secondsOf(invocation.required('by'), 'by') * 1000).toISOString()
      return endAt(invocation, { at }, (id, end) => `Key ${id} lives until ${end}.`)
    },
  },
  {
    name: 'keys update',
    summary: 'Change what a key may do. What is not named stays as it is.',
    operands: ['ID'],
    flags: [
      { name: 'name', value: 'TEXT', help: 'What the key is for.' },
      ...keyTermFlags,
      clearFlag,
      { name: 'expires-at', value: 'TIME', help: 'An earlier expiry, such as 2027-01-31T12:00:00Z.' },
      ...serverFlags,
    ],
    example: [`latchwork keys update ${EXAMPLE} --scope notes:read \\`, '    --network 192.0.2.0/24 --root-key-file root.key'],
    async run(invocation) {
      const [name, expiresAt] = [invocation.text('name'), invocation.text('expires-at')]
      const body = { ...changedTerms(invocation), ...(name === undefined ? {} : { name }), ...(expiresAt === undefined ? {} : { expiresAt }) }
      const key = await callServer(invocation, { method: 'PATCH', path: pathOf(invocation), body })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify(key) : `Key ${textAt(key, 'id')} is changed, at once and everywhere.`)
      if (!invocation.wantsJson) for (const slip of await slipsOf(invocation, key)) invocation.terminal.err(slip)
      return 0
    },
  },
]

async function endAt(invocation: Invocation, body: Readonly<Record<string, unknown>>, words: (id: string, end: string) => string): Promise<number> {
  const key = await callServer(invocation, { method: 'POST', path: pathOf(invocation, 'end'), body })
  invocation.terminal.out(invocation.wantsJson ? JSON.stringify(key) : words(textAt(key, 'id'), textAt(key, 'expiresAt')))
  return 0
}

function pathOf({ operands: [id = ''] }: Invocation, act?: string): string {
  return `/v1/keys/${encodeURIComponent(id)}${act === undefined ? '' : `/${act}`}`
}
