/** Whoever answers at the address that a command was given: it may say what it likes, and no terminal obeys it. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { mintToken } from '@latchwork/kernel'
import { latchwork } from './latchwork.ts'

const STEERS = '\u001b]0;owned\u0007\u001b[31m\u009b31m\u202e'
const names = [
  'id',
  'name',
  'kind',
  'type',
  'reason',
  'email',
  'role',
  'fingerprint',
  'createdAt',
  'at',
  'since',
  'hour',
  'state',
  'kid',
  'algorithm',
  'outcome',
]
const item = {
  ...Object.fromEntries(names.map((name) => [name, STEERS])),
  actor: { kind: STEERS, id: STEERS },
  scopes: [STEERS],
  redirectUris: [STEERS],
  settings: { contacts: [STEERS], [STEERS]: 1 },
  lastUsedAt: STEERS,
  lastUsedAddress: STEERS,
  lastUsedUserAgent: STEERS,
}

async function serve(t: TestContext, status: number, answer: object): Promise<readonly string[]> {
  const server = createServer((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer)))
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  return ['--server', `http://127.0.0.1:${port}`]
}

async function shows(words: readonly string[]): Promise<void> {
  const { out, err } = await latchwork(words, { env: { LATCHWORK_ROOT_KEY: mintToken('root_key').reveal() } })
  assert.ok((out + err).includes('owned'), `${words.join(' ')}: ${out}${err}`)
  assert.doesNotMatch(out + err, /[^\P{Cc}\n]|\p{Bidi_Control}/u, words.join(' '))
}

describe('a server that would steer the terminal', () => {
  it('13.2: lists, and what is shown of one thing, hold nothing that steers', async (t) => {
    const on = await serve(t, 200, { ...item, items: [item], next: STEERS })
    for (const command of ['keys list', 'clients list', 'events list', 'users list', 'accounts list', 'signing list', 'alerts list', 'keys use key_1'])
      await shows([...command.split(' '), ...on])
    for (const command of ['keys show key_1', 'clients show app']) await shows([...command.split(' '), ...on])
  })

  it('13.2: a refusal holds nothing that steers', async (t) => {
    const on = await serve(t, 403, { title: STEERS, detail: STEERS, code: STEERS, reference: STEERS })
    for (const command of ['keys list', 'keys revoke key_1', 'clients show app']) await shows([...command.split(' '), ...on])
  })

  it('13.2: a secret or id that steers is no answer', async (t) => {
    const on = await serve(t, 201, { key: { ...item, id: STEERS }, secret: STEERS })
    const make = ['keys', 'create', '--account', 'acc_1', '--name', 'n', '--kind', 'rk', ...on]
    const { code, out, err } = await latchwork(make, { env: { LATCHWORK_ROOT_KEY: mintToken('root_key').reveal() } })
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /not understood/)
  })
})
