import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

async function operate(t: TestContext) {
  const cwd = folder(t)
  const port = await freePort()
  const rootKey = mintToken('root_key').reveal()
  writeFileSync(join(cwd, 'c.json'), JSON.stringify({ http: { port }, demo: false, rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }] }))
  writeFileSync(join(cwd, 'root.key'), rootKey)
  await start(t, ['--config', 'c.json', '--json'], { cwd })
  const run = (...words: readonly string[]) => latchwork(['clients', ...words, '--server', `http://localhost:${port}`, '--root-key-file', 'root.key'], { cwd })
  const json = async (...words: readonly string[]) => {
    const { code, out, err } = await run(...words, '--json')
    assert.equal(code, 0, err)
    return JSON.parse(out)
  }
  return { cwd, run, json }
}

describe('latchwork clients', () => {
  it('O13: a client is made, shown, changed, its secret rolled into a file, disabled', async (t) => {
    const { cwd, run, json } = await operate(t)
    writeFileSync(join(cwd, 'more.json'), JSON.stringify({ logoUri: 'https://a.test/l.png' }))
    const made = await json('create', '--name', 'Printer', '--redirect-uri', 'https://a.test/cb', '--settings-file', 'more.json')
    assert.match(made.secret, /^lw_cs_/)
    const { id } = made.client
    assert.deepEqual((await json('show', id)).settings, { logoUri: 'https://a.test/l.png' })
    assert.equal((await json('update', id, '--name', 'Printer 2')).client.name, 'Printer 2')
    const toPublic = await json('update', id, '--authentication-method', 'none')
    assert.equal(toPublic.secret, undefined)
    assert.match((await json('update', id, '--authentication-method', 'client_secret_post')).secret, /^lw_cs_/)
    const rolled = await run('roll-secret', id, '--overlap', '2h', '--out', 'new.secret')
    assert.equal(rolled.code, 0, rolled.err)
    const file = join(cwd, 'new.secret')
    assert.match(readFileSync(file, 'utf8'), /^lw_cs_/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.ok(!`${rolled.out}${rolled.err}`.includes(readFileSync(file, 'utf8').trim()))
    const third = await run('roll-secret', id)
    assert.equal(third.code, 1)
    assert.match(third.err, /at most two/)
    assert.match((await json('roll-secret', id, '--end-older')).secret, /^lw_cs_/)
    assert.equal((await run('roll-secret', id, '--overlap', 'soon')).code, 2)
    const human = await run('show', id)
    assert.match(human.out, /^name +Printer 2$/m)
    assert.equal((await run('disable', id)).code, 0)
    assert.equal((await run('update', id, '--name', 'x')).code, 1)
  })
})
