import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { folder, freePort, latchwork, latchworkProcess, start } from './latchwork.ts'

/** A listener that notes what it is sent and says it was accepted. */
async function listen(t: TestContext) {
  const sent: { readonly url: string | undefined; readonly authorization: string | undefined; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    sent.push({ url: request.url, authorization: request.headers.authorization, body: Buffer.concat(parts).toString() })
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { sent, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('latchwork leaks report', () => {
  it('K15: reports what it reads from a file or standard input, each once, without any key of the caller', async (t) => {
    const { sent, url } = await listen(t)
    const place = folder(t)
    const [one, two] = [mintKey('sk', 'live', 'lw'), mintKey('pat', 'test', 'lw')]
    writeFileSync(join(place, 'found.txt'), `${one.reveal()}\n  ${two.reveal()}  \n\n${one.reveal()}\nsk_live_${'a'.repeat(24)}\n`)
    const words = ['leaks', 'report', '--url', 'https://example.com/1', '--source', 'a paste', '--server', url]
    const env = { LATCHWORK_ROOT_KEY: 'lw_root_not_to_be_sent' }
    const ended = await latchworkProcess([...words, '--credential-file', 'found.txt'], { cwd: place, env })
    assert.deepEqual([ended.code, ended.err], [0, "1 line is no credential of Latchwork's and not sent.\n"])
    assert.equal(ended.out, `${one.fingerprint} is reported.\n${two.fingerprint} is reported.\n`)
    const imported = await latchworkProcess([...words, '--imported'], { stdin: 'a line with spaces\nold-system-key-0123456789', env })
    assert.deepEqual([imported.out, imported.err], ['An imported key is reported.\n', "1 line is no credential of Latchwork's and not sent.\n"])
    assert.equal(JSON.parse(sent.pop()?.body ?? '').credential, 'old-system-key-0123456789')
    const piped = await latchworkProcess([...words, '--json'], { stdin: two.reveal(), env })
    assert.deepEqual(JSON.parse(piped.out), { reported: [two.fingerprint] })
    assert.deepEqual(
      sent.map(({ body }) => JSON.parse(body)),
      [one, two, two].map((credential) => ({ credential: credential.reveal(), url: 'https://example.com/1', source: 'a paste' })),
    )
    for (const { authorization, url: path } of sent) assert.deepEqual([authorization, path], [undefined, '/v1/leaks'])
  })

  it('K15: of what is longer than it reads it sends nothing, and says so', async (t) => {
    const { sent, url } = await listen(t)
    const key = mintKey('sk', 'live', 'lw').reveal()
    const ended = await latchworkProcess(['leaks', 'report', '--server', url], { stdin: `${`${key}\n`.repeat(1200)}${mintKey('sk', 'live', 'lw').reveal()}` })
    assert.deepEqual([ended.code, ended.out, sent.length], [1, '', 0])
    assert.match(ended.err, /Standard input is longer than 64 KiB/)
  })

  it('K15: sends nothing that is no credential, takes none as an argument, and does not repeat what it read', async (t) => {
    const { sent, url } = await listen(t)
    const real = mintKey('sk', 'live', 'lw').reveal()
    const broken = `${real.slice(0, -1)}${real.endsWith('0') ? '1' : '0'}`
    const cases: readonly (readonly [readonly string[], string, number, RegExp])[] = [
      [[], `${broken}\nsk_live_${'a'.repeat(24)}`, 1, /Nothing here is a credential/],
      [[], '', 1, /nothing to report/],
      [[], Array.from({ length: 61 }, () => mintKey('sk', 'live', 'lw').reveal()).join('\n'), 1, /too many at once/],
      [[real], '', 2, /./],
      [['--credential-file', 'not-there'], '', 1, /cannot be read/],
    ]
    for (const [words, stdin, code, says] of cases) {
      const ended = await latchwork(['leaks', 'report', '--server', url, ...words], { stdin })
      assert.equal(ended.code, code, ended.err)
      assert.match(ended.err, says)
      assert.ok(!(ended.err + ended.out).includes(real.slice(11)), ended.err)
    }
    const clear = await latchwork(['leaks', 'report', '--server', 'http://auth.example.com'], { stdin: real })
    assert.equal(clear.code, 2)
    assert.deepEqual(sent, [])
  })

  it('K15: a real server takes the report', async (t) => {
    const port = await freePort()
    await start(t, ['--port', String(port), '--no-demo', '--json'], { cwd: folder(t) })
    const ended = await latchwork(['leaks', 'report', '--server', `http://localhost:${port}`], { stdin: mintKey('sk', 'live', 'lw').reveal() })
    assert.deepEqual([ended.code, ended.err], [0, ''])
  })
})
