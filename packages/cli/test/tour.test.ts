import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { CREDENTIAL_PATTERN, mintToken } from '@latchwork/kernel'
import { Deviation } from '../src/tour/exchange.ts'
import { narrator, withoutSecrets } from '../src/tour/narrator.ts'
import { told } from '../src/tour/told.ts'

const TOUR = join(import.meta.dirname, '../src/tour/index.ts')
const run = promisify(execFile)

describe('latchwork tour', () => {
  it('V1: walks through keys, sessions and OAuth with a refusal of each, all as told', async (t) => {
    const temporary = mkdtempSync(join(tmpdir(), 'latchwork-tour-test-'))
    t.after(() => rmSync(temporary, { recursive: true }))
    const script = `const { runTour } = await import(${JSON.stringify(TOUR)}); process.exitCode = await runTour([])`
    // Rejects on any exit code but 0.
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: temporary },
      timeout: 20_000,
    })

    assert.equal(stderr.replace(/^.*ExperimentalWarning.*\n|^\(Use `node.*\n/gm, ''), '')
    for (const chapter of ['1 · API keys', '2 · Sessions', '3 · OAuth 2.1']) assert.ok(stdout.includes(chapter), chapter)
    for (const refusal of ['credential_malformed', 'scope_insufficient', 'credential_invalid', 'invalid_grant']) assert.ok(stdout.includes(refusal), refusal)
    assert.match(stdout, /All went as told\.\n$/)
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
      'fits 80 columns',
    )
    assert.ok(!stdout.includes('\u001b'), 'no colour without a terminal')
    assert.deepEqual(readdirSync(temporary), [], 'nothing is left behind')
    assert.deepEqual(stdout.match(CREDENTIAL_PATTERN), null, 'R8: no credential is shown')
    assert.doesNotMatch(stdout, /eyJ[\w-]+\.[\w-]+\./, 'R8: no JWT is shown')
  })

  it('R8: what the tour prints holds no secret', () => {
    const secret = mintToken('client_secret').reveal()
    const basic = Buffer.from(`cli_1:${secret}`).toString('base64')
    const said = withoutSecrets(
      `authorization: Basic ${basic} {"password":"open sesame","secret":"${secret}"} code_verifier=abcdefghijklmnopqrstuvwxyz&password=open+sesame`,
    )
    for (const hidden of [secret, basic, 'sesame', 'abcdefghijklmnopqrstuvwxyz']) assert.ok(!said.includes(hidden), said)
  })

  it('breaks off when an answer is not the one told', async (t) => {
    const server = createServer((_request, response) => response.writeHead(200).end('{}')).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const lines: string[] = []
    await assert.rejects(
      told(
        narrator((line) => lines.push(line)),
        { method: 'GET', url },
        401,
      ),
      (error) => error instanceof Deviation && /was to answer 401 and answered 200/.test(error.message),
    )
    assert.match(lines.join('\n'), /→ GET .*\n.*← 200/)
  })
})
