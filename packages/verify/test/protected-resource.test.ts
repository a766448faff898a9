/** Protected resource metadata: the document, its place, and who is told of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { type ProtectedResource, protect, protectedResource, type ResourceOptions } from '@latchwork/verify'
import { startCore } from './core.ts'

const options = { resource: 'https://api.example.com/notes', authorizationServers: ['https://auth.example.com'], scopes: ['notes:read'] }
const place = (resource: string): string => protectedResource({ ...options, resource }).url

async function listen(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('protected resource metadata', () => {
  it('O14: the well-known path stands before the resource’s own (RFC 9728 §3.1)', () => {
    assert.equal(place('https://api.example.com'), 'https://api.example.com/.well-known/oauth-protected-resource')
    assert.equal(place('https://api.example.com/'), 'https://api.example.com/.well-known/oauth-protected-resource')
    assert.equal(place('https://api.example.com/notes'), 'https://api.example.com/.well-known/oauth-protected-resource/notes')
    assert.equal(place('https://api.example.com:8443/a/b/'), 'https://api.example.com:8443/.well-known/oauth-protected-resource/a/b/')
    assert.equal(place('http://localhost:3000/mcp'), 'http://localhost:3000/.well-known/oauth-protected-resource/mcp')
  })

  it('O14: the document names the resource to the letter, and has no member that is empty (RFC 9728 §2, §3.2, §3.3)', () => {
    assert.deepEqual(protectedResource(options).metadata, {
      resource: 'https://api.example.com/notes',
      authorization_servers: ['https://auth.example.com'],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
    })
    const more = { resource: 'https://api.example.com/', scopes: [], name: 'Notes', documentation: 'https://api.example.com/docs' }
    assert.deepEqual(protectedResource({ ...options, ...more }).metadata, {
      resource: 'https://api.example.com/',
      authorization_servers: ['https://auth.example.com'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
      resource_documentation: 'https://api.example.com/docs',
    })
  })

  it('O14: what can be no resource or no issuer is refused where it is written (RFC 9728 §1.2)', () => {
    const wrong: readonly (readonly [Partial<ResourceOptions>, RegExp])[] = [
      [{ resource: 'notes' }, /^resource: /],
      [{ resource: 'http://api.example.com' }, /^resource: must be https/],
      [{ resource: 'https://api.example.com/#a' }, /^resource: without/],
      [{ resource: 'https://api.example.com/?a=b' }, /^resource: without/],
      [{ resource: 'https://user@api.example.com/' }, /^resource: without/],
      [{ authorizationServers: [] }, /^authorizationServers: name/],
      [{ authorizationServers: ['http://auth.example.com'] }, /^authorizationServers: must be https/],
    ]
    for (const [change, message] of wrong) assert.throws(() => protectedResource({ ...options, ...change }), { name: 'TypeError', message })
  })

  it('O14: the handler answers GET, HEAD and preflight at its path, for any origin, and hands all else on', async (t) => {
    const notes = protectedResource(options)
    const origin = await listen(t, (request, response) => notes.handler(request, response, () => response.end('behind')))
    const got = await fetch(`${origin}${notes.path}?a=b`)
    assert.deepEqual(await got.json(), notes.metadata)
    const fields = ['content-type', 'access-control-allow-origin', 'cache-control'].map((name) => got.headers.get(name))
    assert.deepEqual(fields, ['application/json', '*', 'public, max-age=300'])
    const head = await fetch(`${origin}${notes.path}`, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text(), head.headers.get('content-length')], [200, '', got.headers.get('content-length')])
    const preflight = await fetch(`${origin}${notes.path}`, { method: 'OPTIONS' })
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-headers')], [204, '*'])
    const posted = await fetch(`${origin}${notes.path}`, { method: 'POST' })
    assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
    for (const path of ['/', '/notes', `${notes.path}/`, '/.well-known/oauth-protected-resource']) {
      assert.equal(await (await fetch(`${origin}${path}`)).text(), 'behind', path)
    }
    assert.equal((await fetch(`${await listen(t, notes.handler)}/notes`)).status, 404, 'alone')
  })

  it('O14 V3: protect serves it without a credential, and every challenge names it (RFC 9728 §5.1)', async (t) => {
    const core = startCore({ development: true })
    const start = (resource: ProtectedResource, more = {}) =>
      listen(
        t,
        protect(core, { scopes: ['notes:write'] }, (_, response) => void response.end('in'), { ...more, resource }),
      )
    const notes = protectedResource(options)
    const origin = await start(notes)
    assert.deepEqual(await (await fetch(`${origin}${notes.path}`)).json(), notes.metadata)
    const challengeTo = async (bearer?: string) => {
      const { status, headers } = await fetch(`${origin}/notes`, bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } })
      return [status, headers.get('www-authenticate')]
    }
    assert.deepEqual(await challengeTo(), [401, `Bearer resource_metadata="${notes.url}"`])
    for (const [bearer, status] of [
      ['nothing', 401],
      [core.addKey('key_1'), 403],
    ] as const) {
      const told = await challengeTo(bearer)
      assert.equal(told[0], status)
      assert.match(String(told[1]), new RegExp(`error=.*resource_metadata="${notes.url}"$`))
    }
    const told = await fetch(await start(notes, { resourceMetadata: 'https://gateway.example.com/m' }))
    assert.equal(told.headers.get('www-authenticate'), 'Bearer resource_metadata="https://gateway.example.com/m"', 'who says another is heeded')
  })
})
