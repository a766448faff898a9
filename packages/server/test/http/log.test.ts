/** The log as people read it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { rawRequest, sendRaw } from '../kit/raw-http.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'

it('E3 R6: a log for the eye holds nothing that steers a terminal, whoever put it in', async (t) => {
  const latchwork = await startLatchwork(t, { config: { log: { level: 'debug', format: 'pretty' } } })
  const headers = ['Origin: \x9b31m\x9d0;owned\x9c', 'Content-Type: application/x-www-form-urlencoded']
  assert.equal((await sendRaw(latchwork, rawRequest(latchwork, 'POST /login HTTP/1.1', headers, 'a=b'))).status, 403)
  const line = latchwork.log.find((one) => one.includes('0;owned')) ?? assert.fail(latchwork.log.join(''))
  assert.match(line, /\\u\{9b\}31m/)
  for (const one of latchwork.log) assert.doesNotMatch(one.slice(0, -1), /[\p{Cc}\p{Cf}]/u)
})
