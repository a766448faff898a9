import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { mintToken } from '@latchwork/kernel'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const env = { LATCHWORK_ISSUER: 'http://localhost:1', LATCHWORK_ROOT_KEY: mintToken('root_key').reveal(), PORT: '0' }

async function start(): Promise<ChildProcess> {
  const child = fork(MAIN, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [message] = (await once(child, 'message')) as [{ readonly type: string; readonly url: string }]
  assert.equal(message.type, 'ready')
  assert.match(message.url, /^http:\/\/localhost:\d+$/)
  return child
}

describe('the process of the Notes API', () => {
  it('says that it is ready, and ends when it is told to', async () => {
    const child = await start()
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  })

  it('ends with the process that started it', async () => {
    const child = await start()
    const ended = once(child, 'exit')
    child.disconnect()
    assert.deepEqual(await ended, [0, null])
  })
})
