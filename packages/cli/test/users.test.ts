import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, latchwork, start } from './latchwork.ts'

describe('latchwork users', () => {
  it('J7: disable and enable act on a running server, again changes nothing, and a stranger’s id is said to be none', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const config = { http: { port }, demo: false, rootKeys: [{ digest: digestOf(rootKey), scopes: ['users:read', 'users:write'], name: 'test' }] }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const origin = `http://localhost:${port}`
    const post = async (path: string, body: object) =>
      fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', origin }, body: JSON.stringify(body) })
    const who = { email: 'ada@example.com', password: 'correct horse battery staple' }
    const { user } = (await (await post('/v1/sessions/sign-up', { ...who, name: 'Ada' })).json()) as { user: { id: string } }
    const run = (...words: readonly string[]) => latchwork(['users', ...words, '--server', origin, '--root-key-file', 'root.key'], { cwd })
    for (let round = 0; round < 2; round++) assert.equal((await run('disable', user.id)).out.trim(), `Person ${user.id} is disabled.`)
    assert.equal((await post('/v1/sessions/sign-in', who)).status, 401)
    assert.match((await run('list', '--email', 'ADA@example.com')).out, new RegExp(`${user.id} +disabled +acc_\\S+ +ada@example.com +Ada`))
    assert.deepEqual(JSON.parse((await run('enable', user.id, '--json')).out), { id: user.id, enabled: true })
    assert.equal((await post('/v1/sessions/sign-in', who)).status, 200)
    const unknown = await run('disable', 'usr_0000000000000000000000')
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /no person with this id/)
  })

  it('O6: change sends a profile from a file or standard input, and says what the server has against it', async (t) => {
    const cwd = folder(t)
    const port = await freePort()
    const rootKey = mintToken('root_key').reveal()
    const config = { http: { port }, demo: false, rootKeys: [{ digest: digestOf(rootKey), scopes: ['users:read', 'users:write'], name: 'test' }] }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
    writeFileSync(join(cwd, 'root.key'), rootKey)
    writeFileSync(join(cwd, 'ada.json'), '{ "given_name": "Ada", "gender": "female", "address": { "country": "UK" } }')
    await start(t, ['--config', 'c.json', '--json'], { cwd })
    const origin = `http://localhost:${port}`
    const signUp = { method: 'POST', headers: { 'content-type': 'application/json', origin } }
    const who = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada' }
    const made = await fetch(`${origin}/v1/sessions/sign-up`, { ...signUp, body: JSON.stringify(who) })
    const { user } = (await made.json()) as { user: { id: string } }
    const run = (words: readonly string[], input?: string) =>
      latchwork(['users', 'change', user.id, ...words, '--server', origin, '--root-key-file', 'root.key'], {
        cwd,
        ...(input === undefined ? {} : { stdin: input }),
      })
    assert.equal((await run(['--name', 'Ada L.', '--profile-file', 'ada.json'])).out.trim(), `Person ${user.id} is changed.`)
    const person = JSON.parse((await run(['--profile-file', '-', '--json'], '{ "gender": null, "locale": "en-GB" }')).out)
    assert.deepEqual([person.name, person.profile], ['Ada L.', { given_name: 'Ada', locale: 'en-GB', address: { country: 'UK' } }])
    const refused = await run(['--profile-file', '-'], '{ "birthdate": "soon" }')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /birthdate must be a date as YYYY-MM-DD/)
    assert.match((await run(['--profile-file', '-'], '[1]')).err, /holds no JSON object/)
    assert.deepEqual((({ code, err }) => [code, /nothing to change/.test(err)])(await run([])), [2, true])
  })
})
