/** `latchwork accounts roll-keys`: every key that a member made, rolled in one act (K14). */
import type { Command, Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { writeOwnFile } from '../secret-file.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { sameServer } from './same-server.ts'
import { secondsOf } from './seconds-of.ts'
import { outFlag, showSecret, textAt } from './shown-secret.ts'

type Rolled = Readonly<Record<string, unknown>>

export const rollKeysCommand: Command = {
  name: 'accounts roll-keys',
  summary: 'Roll every key that a member made, all or none; the new ones are shown once.',
  operands: ['ID', 'PERSON'],
  flags: [
    { name: 'overlap', value: 'TIME', help: 'How long the old keys live on: 0s to 7d, such as 90m; 24h unless said otherwise.' },
    { name: 'at-first-use', help: 'The overlap of each begins when its new key is first used.' },
    { ...outFlag, help: 'Write the secrets there, for their owner alone (mode 600), and do not show them.' },
    ...serverFlags,
  ],
  example: ['latchwork accounts roll-keys acc_0VYw3kQ1abcdefghijklmn \\', '    usr_0VYw3kQ1abcdefghijklmn --root-key-file root.key --out new.keys'],
  more:
    'One line for each key: the id of the old one, the id of the new one, the secret. Tokens that stand for the person are left out, and keys that were rolled before. ' +
    'The new keys are yours: "accounts end-keys" ends the old ones and leaves them.',
  async run(invocation) {
    const out = invocation.text('out')
    const ask = async () => (await callServer(invocation, callOf(invocation))) as Rolled
    if (out === undefined) {
      const answer = await ask()
      if (invocation.wantsJson) invocation.terminal.out(JSON.stringify(answer))
      else showSecret(invocation, linesOf(answer).join('\n'), [...wordsOf(invocation, answer), 'Here are old key, new key and secret, this once:'], {})
      return 0
    }
    const answer = await writeOwnFile(out, async () => {
      const result = await ask()
      return { bytes: Buffer.from(`${linesOf(result).join('\n')}\n`), result }
    })
    const rolled = rolledOf(answer).map(({ secret: _secret, ...rest }) => rest)
    showSecret(invocation, undefined, [...wordsOf(invocation, answer), `The secrets are in ${out}.`], { ...answer, rolled, secretFile: out })
    return 0
  },
}

function callOf(invocation: Invocation) {
  const [accountId = '', userId = ''] = invocation.operands
  const overlap = invocation.text('overlap')
  const body = {
    ...(overlap === undefined ? {} : { overlapSeconds: secondsOf(overlap, 'overlap') }),
    ...(invocation.isOn('at-first-use') ? { startsAtFirstUse: true } : {}),
  }
  return { method: 'POST', path: `/v1/accounts/${encodeURIComponent(accountId)}/members/${encodeURIComponent(userId)}/keys/roll`, body } as const
}

function rolledOf({ rolled }: Rolled): readonly Rolled[] {
  if (Array.isArray(rolled)) return rolled
  throw new Failure('The server gave an answer that is not understood.', 'Check the address given with --server.')
}

const linesOf = (answer: Rolled): readonly string[] =>
  rolledOf(answer).map((one) => [textAt(one, 'replaced', 'id'), textAt(one, 'key', 'id'), textAt(one, 'secret')].join(' '))

function wordsOf(invocation: Invocation, answer: Rolled): readonly string[] {
  const [accountId = '', userId = ''] = invocation.operands
  const isOver = invocation.text('overlap') !== undefined && rolledOf(answer).every((one) => hasEnded(one))
  return [
    ...rolledOf(answer).map(
      (one) => `Key ${textAt(one, 'key', 'id')} is in the place of ${textAt(one, 'replaced', 'id')}${hasEnded(one) ? ', which has ended' : ''}.`,
    ),
    ...(isOver ? [] : [`Once nothing uses the old ones any more, end them:  latchwork accounts end-keys ${accountId} ${userId}${sameServer(invocation)}`]),
  ]
}

function hasEnded({ key, replaced }: Rolled): boolean {
  const { expiresAt } = replaced as { readonly expiresAt?: string }
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(textAt(key, 'createdAt'))
}
