import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { asRoot, make, newAccount } from './calls.ts'

/** The words that the shell makes of the line. */
async function wordsOf(line: string, program: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `${program}() { printf '%s\\n' "$@"; }\n${line}`], { env: { ...process.env, ...env } })
  return stdout.trimEnd().split('\n')
}

it('V3 K4: what is answered with a new key can be pasted: its own id and this server’s address, and no secret', async (t) => {
  const latchwork = await startLatchwork(t)
  const { key, secret, snippets } = (await make(latchwork, await newAccount(latchwork), { kind: 'rk' })) as Awaited<ReturnType<typeof make>> & {
    readonly snippets: Readonly<Record<string, string>>
  }
  assert.ok(!JSON.stringify(snippets).includes(secret.slice(11, 24)))
  const [url = '', ...words] = await wordsOf(snippets['verify'] ?? '', 'curl', { KEY: secret, LATCHWORK_ROOT_KEY: latchwork.rootKey })
  const headers = Object.fromEntries(words.flatMap((word, at) => (word === '-H' ? [(words[at + 1] ?? '').split(': ') as [string, string]] : [])))
  const answer = await fetch(url, { method: 'POST', headers, body: words[words.indexOf('-d') + 1] ?? '' })
  assert.equal(((await answer.json()) as { readonly code: string }).code, 'VALID')
  for (const [name, command] of [
    ['roll', 'roll'],
    ['revoke', 'revoke'],
  ] as const) {
    const said = await wordsOf(snippets[name] ?? '', 'latchwork', {})
    assert.deepEqual(said.slice(0, 5), ['keys', command, key.id, '--server', latchwork.issuer])
  }
  const rolled = await asRoot(latchwork, 'POST', `/v1/keys/${key.id}/roll`, {})
  assert.ok(rolled.body.snippets.roll.includes(rolled.body.key.id), 'of the new key')
})
