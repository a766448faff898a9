import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { hashPassword } from '@latchwork/accounts'
import { digestOf, mintToken } from '@latchwork/kernel'
import { demandStatus, exchange, postForm, type Request } from '../src/tour/exchange.ts'
import { formOf, Visitor } from '../src/tour/visitor.ts'
import { folder, freePort, latchwork, start } from './latchwork.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery 7' }
const REDIRECT_URI = 'https://printer.example.com/cb'

/** Signs in and allows all that the application asks for. */
async function consent(issuer: string): Promise<void> {
  const browser = new Visitor()
  const visit = async (request: Request, status: number) => browser.keep(demandStatus(await exchange(browser.dress(request)), request, status))
  const at = (path: string) => new URL(path, issuer).href
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'printer',
    redirect_uri: REDIRECT_URI,
    scope: 'openid notes:read',
    state: 'state',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const toSignIn = await visit({ method: 'GET', url: at(`/authorize?${query}`) }, 303)
  const signIn = formOf(await visit({ method: 'GET', url: at(toSignIn.headers.get('location') ?? '') }, 200))
  const signedIn = await visit(postForm(at(signIn.action), { ...signIn.hidden, ...ada }, { origin: issuer }), 303)
  const page = formOf(await visit({ method: 'GET', url: at(signedIn.headers.get('location') ?? '') }, 200))
  await visit(postForm(at(page.action), { ...page.hidden, decision: 'allow', scope: 'notes:read' }, { origin: issuer }), 303)
}

it('K17: a key of an application is made within what a person allowed, and no further', async (t) => {
  const cwd = folder(t)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const rootKey = mintToken('root_key').reveal()
  const scopes = ['notes:read', 'notes:write'].map((name) => ({ name, description: `May ${name}` }))
  const config = {
    http: { port },
    demo: false,
    users: [{ email: ada.email, name: 'Ada', passwordHash: await hashPassword(ada.password) }],
    apis: [{ identifier: 'https://api.example.com', name: 'Notes', scopes }],
    clients: [
      {
        id: 'printer',
        name: 'Printer',
        redirectUris: [REDIRECT_URI],
        scopes: ['openid', 'notes:read', 'notes:write'],
        audiences: ['https://api.example.com'],
        secretDigests: [digestOf('a secret')],
      },
    ],
    rootKeys: [{ digest: digestOf(rootKey), scopes: ['*:*'], name: 'test' }],
  }
  writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
  writeFileSync(join(cwd, 'root.key'), rootKey)
  await start(t, ['--config', 'c.json', '--json'], { cwd })
  await consent(issuer)
  const run = (...words: readonly string[]) => latchwork([...words, '--server', issuer, '--root-key-file', 'root.key'], { cwd })
  const [given] = JSON.parse((await run('events', 'list', '--type', 'consent.given', '--json')).out).items
  const create = (...words: readonly string[]) =>
    run('keys', 'create-connected', given.data.consent, '--user', given.userId, '--client', 'printer', '--name', 'Printer of Ada', ...words)
  const made = await create('--scope', 'notes:read', '--network', '192.0.2.0/24', '--expires-at', '2099-01-01T00:00:00Z', '--out', 'p.key')
  assert.equal(made.code, 0, made.err)
  assert.match(made.err, /Key key_\w+ \(rk_live_\S+\) is made, and ends with the consent\./)
  assert.equal(statSync(join(cwd, 'p.key')).mode & 0o777, 0o600)
  assert.match(readFileSync(join(cwd, 'p.key'), 'utf8'), /^rk_live_lw_\w{49}\n$/)
  const verified = await run('keys', 'verify', '--key-file', 'p.key', '--scope', 'notes:read', '--address', '192.0.2.7')
  assert.deepEqual([verified.code, verified.out.includes(given.userId)], [0, true], verified.out)
  const whole = JSON.parse((await create('--scope', 'notes:read', '--json')).out)
  assert.deepEqual([whole.key.consentId, whole.key.scopes, typeof whole.snippets.verify], [given.data.consent, ['notes:read'], 'string'])
  const more = await create('--scope', 'notes:write')
  assert.deepEqual([more.code, /notes:write/.test(more.err)], [1, true])
  assert.equal((await create()).code, 2, 'no scope')
})
