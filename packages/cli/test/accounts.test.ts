import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { hashPassword } from '@latchwork/accounts'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

describe('latchwork accounts', () => {
  it('K14: are made, listed, renamed, stopped and let go on; members join and leave, and what they made is ended', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const users = [{ email: 'ada@example.com', name: 'Ada', passwordHash: await hashPassword('correct horse battery 7'), operator: true }]
    const config = { http: { port }, demo: false, users, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const server = ['--server', `http://localhost:${port}`, '--root-key-file', 'root.key']
    const run = async (...words: readonly string[]) => {
      const { code, out, err } = await latchwork([...words, ...server], { cwd })
      assert.equal(code, 0, err)
      return out
    }
    const { id } = JSON.parse(await run('accounts', 'create', '--name', 'Acme', '--json'))
    assert.match(await run('accounts', 'rename', id, '--name', 'Acme Ltd'), /is renamed/)
    const [ada] = JSON.parse(await run('users', 'list', '--json')).items
    assert.match(await run('accounts', 'add-member', id, ada.id), /is a member now/)
    assert.match(await run('accounts', 'members', id), new RegExp(`${ada.id} +member +\\S+ +ada@example.com +Ada`))
    const made = ['keys', 'create', '--account', id, '--user', ada.id, '--kind', 'rk', '--name', 'theirs', '--json']
    const { key } = JSON.parse(await run(...made))
    assert.match(await run('accounts', 'remove-member', id, ada.id), new RegExp(`keys list --account ${id} --made-by ${ada.id}`))
    assert.match(await run('accounts', 'members', id), /no members/)
    assert.equal(await run('accounts', 'end-keys', id, ada.id), `Revoked: ${key.id}\n`)
    assert.equal(await run('accounts', 'end-keys', id, ada.id), 'There was none.\n')
    assert.match(await run('accounts', 'disable', id), /is disabled/)
    assert.match(await run('accounts', 'list'), new RegExp(`${id} +disabled +\\S+ +Acme Ltd`))
    assert.deepEqual(JSON.parse(await run('accounts', 'enable', id, '--json')), { id, enabled: true })
    assert.match(await run('accounts', 'list'), new RegExp(`${id} +active`))
    const unknown = await latchwork(['accounts', 'disable', 'acc_none', ...server], { cwd })
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /no account with this id/)
  })
})
