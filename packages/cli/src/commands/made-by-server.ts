/** Makes something with a secret on a server; the place for the secret is taken before anything is made. */
import { Secret } from '@latchwork/kernel'
import type { Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { writeSecretFile } from '../secret-file.ts'
import { type Call, callServer } from '../server-call.ts'
import { showSecret, textAt } from './shown-secret.ts'

interface Making {
  readonly call: Call
  /** Which member of the answer was made: `key`, `client`. */
  readonly member: string
  /** What to say of it. */
  readonly words: (made: unknown) => string | Promise<string>
  /** Whether the server will answer with a secret. */
  readonly hasSecret: boolean
}

export async function makeOnServer(invocation: Invocation, { call, member, words, hasSecret }: Making): Promise<number> {
  const out = invocation.text('out')
  const make = async () => {
    const answer = (await callServer(invocation, call)) as Readonly<Record<string, unknown>>
    if (hasSecret && call.idempotencyKey !== undefined && answer['secret'] === undefined) throw madeBefore(textAt(answer, member, 'id'))
    return { secret: new Secret(hasSecret ? textAt(answer, 'secret') : ''), result: answer }
  }
  if (out === undefined || !hasSecret) {
    const { secret, result } = await make()
    const once = hasSecret ? ['Here is its secret, this once:'] : []
    showSecret(invocation, hasSecret ? secret.reveal() : undefined, [await words(result[member]), ...once], withoutSecret(result))
    return 0
  }
  const answer = await writeSecretFile(out, make)
  showSecret(invocation, undefined, [await words(answer[member]), `Its secret is in ${out}.`], { ...withoutSecret(answer), secretFile: out })
  return 0
}

function withoutSecret({ secret: _secret, ...answer }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return answer
}

function madeBefore(id: string): Failure {
  return new Failure(
    `${id} was made by the same words before; nothing new is made.`,
    'Its secret was shown then. If it is lost, roll it; for a second one, give it another --name.',
  )
}
