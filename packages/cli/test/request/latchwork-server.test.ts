/** `latchwork request` against a real Latchwork server. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { credentialOf, openProfileStore } from '@latchwork/client'
import { ada, startInstallation } from './installation.ts'
import { personAt } from './person.ts'

describe('latchwork request, an API key', () => {
  it('C1: is kept sealed, sent where it belongs, and its refusal is explained in the words of the server', async (t) => {
    const { url, rootKey, weakKey } = await startInstallation(t)
    const person = await personAt(t)
    const made = await person.run(['login', 'root', '--type', 'api-key', '--api', url, '--key-file', '-'], { stdin: rootKey })
    assert.equal(made.code, 0, made.err)
    const folder = join(person.cwd, '.config/latchwork/profiles')
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
      assert.ok(!readFileSync(join(folder, name), 'utf8').includes(rootKey.slice(12)))
    }
    const good = await person.run(['GET', `${url}/v1/keys`, '--profile', 'root'])
    assert.equal(good.code, 0, good.err)
    assert.ok(
      Array.isArray(
        (JSON.parse(good.out) as { keys?: unknown; items?: unknown; data?: unknown }).keys ?? JSON.parse(good.out).items ?? JSON.parse(good.out).data,
      ),
      good.out,
    )
    assert.match(good.err, /^> authorization: Bearer \[hidden\]$/m)
    assert.match(good.err, /^< 200/m)
    await person.run(['login', 'weak', '--type', 'api-key', '--api', url, '--key-file', '-'], { stdin: weakKey })
    const refused = await person.run(['GET', `${url}/v1/keys`], { env: { LATCHWORK_PROFILE: 'weak' } })
    assert.equal(refused.code, 1)
    assert.match(refused.err, /Refused: .*\(scope_insufficient|Refused: .*scope/i)
    const listed = await person.run(['profiles'])
    assert.match(listed.out, /^root +api-key +passphrase +http:\/\/localhost/m)
    for (const { out, err } of [made, good, refused, listed]) assert.ok(![rootKey, weakKey].some((key) => `${out}${err}`.includes(key)))
    const gone = await person.run(['logout', 'weak'])
    assert.match(gone.err, /goes on working/)
    assert.equal((await person.run(['GET', url, '--profile', 'weak'])).code, 2)
  })

  it('C1: with --json says all that it says to people, and the secret only if asked', async (t) => {
    const { url, rootKey } = await startInstallation(t)
    const person = await personAt(t)
    await person.run(['login', 'root', '--type', 'api-key', '--api', url, '--key-file', '-'], { stdin: rootKey })
    const hidden = await person.run(['GET', `${url}/v1/nothing-here`, '--profile', 'root', '--json'])
    assert.equal(hidden.code, 1)
    const told = JSON.parse(hidden.out)
    assert.equal(told.response.status, 404)
    assert.equal(typeof told.refused.mend, 'string')
    assert.ok(!hidden.out.includes(rootKey))
    const shown = await person.run(['GET', `${url}/v1/keys`, '--profile', 'root', '--json', '--show-secrets'])
    assert.ok(shown.out.includes(`Bearer ${rootKey}`))
  })
})

describe('latchwork request, a session', () => {
  it('C1: signs in by password, and ends at logout', async (t) => {
    const { url, isTaken } = await startInstallation(t)
    const person = await personAt(t)
    await fetch(`${url}/v1/sessions/sign-up`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ada) })
    const wrong = await person.run(['login', 'me', '--type', 'session', '--server', url, '--email', ada.email, '--password-file', '-'], {
      stdin: 'wrong password',
    })
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /latchwork: Not signed in/)
    const made = await person.run(['login', 'me', '--type', 'session', '--server', url, '--email', ada.email, '--password-file', '-'], { stdin: ada.password })
    assert.equal(made.code, 0, made.err)
    const mine = await person.run(['GET', `${url}/v1/me/consents`, '--profile', 'me', '--json', '--show-secrets'])
    assert.equal(mine.code, 0, mine.err + mine.out)
    const token = JSON.parse(mine.out)
      .request.headers.find(([name]: [string]) => name === 'authorization')[1]
      .slice(7)
    assert.equal(await isTaken(token), true)
    assert.match((await person.run(['logout', 'me'])).err, /ended, here and at the server/)
    assert.equal(await isTaken(token), false)
  })
})

describe('latchwork request, a session that has grown old', () => {
  it('C1: is refreshed by its cookie, by one of many at once; ended elsewhere, that is told with what to do', async (t) => {
    const { url, isTaken } = await startInstallation(t)
    const person = await personAt(t)
    await fetch(`${url}/v1/sessions/sign-up`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ada) })
    await person.run(['login', 'me', '--type', 'session', '--server', url, '--email', ada.email, '--password-file', '-'], { stdin: ada.password })
    const open = () => openProfileStore(join(person.cwd, '.config/latchwork/profiles'), { passphrase: 'a passphrase for tests', askPassphrase: async () => '' })
    const before = (await open().read('me')).secrets.tokens?.accessToken ?? ''
    const later = Date.now() + 3600_000
    const headers = await Promise.all(
      Array.from({ length: 5 }, async () => (await credentialOf(open(), 'me', () => later)).headersFor({ method: 'GET', url: new URL(url) })),
    )
    const tokens = new Set(headers.map(({ authorization }) => authorization?.slice(7) ?? ''))
    assert.equal(tokens.size, 1)
    assert.ok(!tokens.has(before) && (await isTaken([...tokens][0] ?? '')))
    const { secrets } = await open().read('me')
    await fetch(`${url}/v1/sessions/sign-out`, {
      method: 'POST',
      headers: {
        cookie: Object.entries(secrets.cookies ?? {})
          .map((pair) => pair.join('='))
          .join('; '),
      },
    })
    await assert.rejects(
      credentialOf(open(), 'me', () => later + 3600_000),
      { code: 'sign_in_again', mend: /Log in again: latchwork request login me/ },
    )
  })
})

describe('latchwork request, a client for itself', () => {
  it('C1: takes a token by its secret, and takes it back at logout', async (t) => {
    const { url, clientSecret, isActive } = await startInstallation(t)
    const person = await personAt(t)
    const words = ['login', 'job', '--type', 'client-credentials', '--server', url, '--client-id', 'job', '--scope', 'notes:read', '--client-secret-file']
    const wrong = await person.run([...words, person.file('wrong', 'not the secret')])
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /did not prove itself|invalid_client/)
    const made = await person.run([...words, person.file('secret', clientSecret)])
    assert.equal(made.code, 0, made.err)
    assert.equal((await person.run([...words, 'secret'])).code, 2, 'a profile of this name is there')
    const shown = await person.run(['GET', `${url}/userinfo`, '--profile', 'job', '--json', '--show-secrets'])
    assert.equal(shown.code, 1, 'there is no person in it')
    const token = JSON.parse(shown.out)
      .request.headers.find(([name]: [string]) => name === 'authorization')[1]
      .slice(7)
    assert.equal(await isActive(token), true)
    await person.run(['logout', 'job'])
    assert.equal(await isActive(token), false)
  })
})
