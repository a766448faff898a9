import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

it('K14: an account is made, a person joins and leaves, and every key they made is ended', async (t) => {
  const cwd = folder(t)
  const port = await freePort()
  const rootKey = mintToken('root_key').reveal()
  const root = { digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ http: { port }, demo: false, signUp: { open: true }, rootKeys: [root] }))
  writeFileSync(join(cwd, 'root.key'), rootKey)
  await start(t, ['--config', 'c.json', '--json'], { cwd })
  const server = `http://localhost:${port}`
  const run = (...words: readonly string[]) => latchwork([...words, '--server', server, '--root-key-file', 'root.key'], { cwd })
  const json = async (...words: readonly string[]) => {
    const { code, out, err } = await run(...words, '--json')
    assert.equal(code, 0, err)
    return JSON.parse(out)
  }

  const { id: account } = await json('accounts', 'create', '--name', 'Acme')
  assert.match(account, /^acc_/)
  assert.match((await run('accounts', 'create', '--name', 'Other')).out, /^Account acc_\w+ is made\.$/m)
  const signedUp = await fetch(`${server}/v1/sessions/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery staple' }),
  })
  const { user } = (await signedUp.json()) as { readonly user: { readonly id: string } }
  assert.equal((await run('accounts', 'members', 'add', account, user.id)).out, `${user.id} is a member of ${account}.\n`)
  const { key } = await json('keys', 'create', '--account', account, '--name', 'theirs', '--user', user.id, '--kind', 'rk')
  assert.equal((await run('accounts', 'members', 'remove', account, user.id)).code, 0)
  assert.deepEqual([(await run('accounts', 'members', 'remove', account, user.id)).code, (await json('keys', 'show', key.id)).revokedAt], [1, undefined])
  assert.equal((await run('accounts', 'members', 'end-keys', account, user.id)).out, `Revoked:\n  ${key.id}\n`)
  assert.equal((await run('accounts', 'members', 'end-keys', account, user.id)).out, 'There was none.\n')
  assert.ok((await json('keys', 'show', key.id)).revokedAt)
})
