/** What the README tells a stranger to paste does what it says. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { freePort } from '@latchwork/store/test-ports'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')

describe('README.md', () => {
  it('V1: the API of its first screen lets a test key in, tells who calls, and refuses what is none', async (t) => {
    const latchwork = await startLatchwork(t)
    const folder = await mkdtemp(join(tmpdir(), 'latchwork-readme-'))
    t.after(() => rm(folder, { recursive: true }))
    const ask = await latchwork.call('POST', '/v1/root-keys', {
      bearer: latchwork.rootKey,
      body: { name: 'notes API', scopes: ['credentials:verify', 'revocations:read'] },
    })
    assert.equal(ask.status, 201, JSON.stringify(ask.body))
    await writeFile(join(folder, 'latchwork-root-key'), ask.body.secret, { mode: 0o600 })
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const port = await freePort()
    const [, code = ''] = /```ts\n(\/\/ notes-api\.ts\n[\s\S]*?)```/.exec(await readFile(join(ROOT, 'README.md'), 'utf8')) ?? []
    assert.match(code, /http:\/\/localhost:8420[\s\S]*listen\(3000\)/)
    await writeFile(join(folder, 'notes-api.ts'), code.replace('http://localhost:8420', latchwork.issuer).replace('3000', String(port)))
    const api = spawn(process.execPath, ['notes-api.ts'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
    t.after(async () => {
      api.kill()
      if (api.exitCode === null) await once(api, 'exit')
    })
    const call = (key: string) => fetch(`http://localhost:${port}`, { headers: { authorization: `Bearer ${key}` } })
    await until(
      () =>
        call('x').then(
          () => true,
          () => false,
        ),
      'the API listens',
    )
    const body = { accountId: 'acc_test', name: 'notes', kind: 'rk', environment: 'test', scopes: ['notes:read'] }
    const made = await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey, body })
    const answer = await call(made.body.secret)
    assert.deepEqual([answer.status, await answer.text()], [200, `Hello, ${made.body.key.id}, who came by api_key\n`])
    assert.equal((await call(`${made.body.secret.slice(0, -1)}!`)).status, 401)
  })
})
