import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

describe('latchwork signing', () => {
  it('J2: keys are listed, rotated once however often it is asked, and revoked with another in their place', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    writeFileSync(
      join(cwd, 'c.json'),
      JSON.stringify({ http: { port }, demo: false, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }),
    )
    writeFileSync(join(cwd, 'root.key'), rootKey)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const server = ['--server', `http://localhost:${port}`, '--root-key-file', 'root.key']
    const run = (...words: readonly string[]) => latchwork(['signing', ...words, ...server], { cwd })
    const states = async () => {
      const { items } = JSON.parse((await run('list', '--json')).out) as { items: { kid: string; algorithm: string; state: string }[] }
      return items
    }
    assert.deepEqual((await states()).map(({ algorithm, state }) => `${algorithm} ${state}`).sort(), ['ES256 current', 'RS256 current'])
    const rotated = await run('rotate', '--algorithm', 'ES256')
    assert.match(rotated.out, /^ES256: \S{43} is published, and signs from \d{4}-/)
    assert.equal((await run('rotate', '--algorithm', 'ES256')).out, rotated.out)
    assert.match((await run('rotate', '--algorithm', 'PS256')).err, /in use/)
    const [current] = (await states()).filter(({ algorithm, state }) => algorithm === 'ES256' && state === 'current')
    const revoked = await run('revoke', current?.kid ?? '', '--reason', 'backup lost')
    assert.match(revoked.out, /is revoked\. ES256 is signed by \S{43} from now on\./)
    assert.deepEqual((await states()).map(({ algorithm, state }) => `${algorithm} ${state}`).sort(), ['ES256 current', 'ES256 revoked', 'RS256 current'])
    assert.equal((await run('revoke', 'unknown')).code, 1)
    assert.match((await run('list')).out, /KID +ALGORITHM +STATE/)
  })
})
