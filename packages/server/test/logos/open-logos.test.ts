/** Logos are fetched by the server, looked at and kept within bounds, whatever their host does. */
import assert from 'node:assert/strict'
import type { RequestListener, ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import type { Client, ClientSettings } from '@latchwork/oauth'
import { type Logos, openLogos } from '../../src/logos/open-logos.ts'
import { createGuardedFetch, type OutboundRequest } from '../../src/outbound/guarded-fetch.ts'
import { type LogoHost, pngOf, serves, startLogoHost } from '../kit/logo-host.ts'
import { until } from '../kit/until.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

interface Rig {
  readonly host: LogoHost
  readonly logos: Logos
  /** A client that is vouched for and whose logo is at this path. */
  readonly client: (path?: string, id?: string, settings?: ClientSettings) => Client
  readonly advance: (milliseconds: number) => void
  readonly troubles: string[]
  readonly sent: OutboundRequest[]
}

async function start(t: TestContext, answer?: RequestListener, allow?: readonly string[], timeoutMs?: number): Promise<Rig> {
  const host = await startLogoHost(t, answer)
  const troubles: string[] = []
  const sent: OutboundRequest[] = []
  let now = Date.UTC(2026, 2, 14)
  const guarded = createGuardedFetch({ allow: allow ?? [host.allow] })
  const logos = openLogos({
    fetch: (url, request) => {
      sent.push(request)
      return guarded(url, timeoutMs === undefined ? request : { ...request, timeoutMs })
    },
    clock: { now: () => now },
    onTrouble: (message) => void troubles.push(message),
  })
  return {
    host,
    logos,
    troubles,
    sent,
    client: (path = '/logo.png', id = 'app', settings = {}) =>
      ({ id, settings: { isAssured: true, logoUri: path.startsWith('/') ? host.origin + path : path, ...settings } }) as unknown as Client,
    advance: (milliseconds) => {
      now += milliseconds
    },
  }
}

describe('logos of applications', () => {
  it('R6: twenty who ask at once are answered by one fetch, and all who come within a day', async (t) => {
    const { logos, client, host, advance } = await start(t)
    const all = await Promise.all(Array.from({ length: 20 }, () => logos.find(client())))
    assert.deepEqual(all, Array(20).fill({ mediaType: 'image/png', body: pngOf(64, 64) }))
    advance(DAY - 1)
    assert.ok(await logos.find(client()))
    assert.deepEqual(host.requests, [{ path: '/logo.png', userAgent: 'latchwork' }])
  })

  it('O7: a day later it is fetched anew, and shown as it is then', async (t) => {
    const { logos, client, host, advance } = await start(t)
    await logos.find(client())
    host.answer = serves(pngOf(48, 48, [176, 40, 30]))
    advance(DAY)
    assert.deepEqual((await logos.find(client()))?.body, pngOf(48, 48, [176, 40, 30]))
    host.answer = serves('gone', 'text/plain', 404)
    advance(DAY)
    assert.equal(await logos.find(client()), undefined)
    assert.equal(host.requests.length, 3)
    advance(-2 * DAY) // set back: how old that is nobody knows
    await logos.find(client())
    assert.equal(host.requests.length, 4)
  })

  it('O7 R6: another address of the logo is asked at once, and the former picture is not shown while it is', async (t) => {
    const { logos, client, host } = await start(t)
    assert.ok(await logos.find(client()))
    host.answer = serves('gone', 'text/plain', 404)
    assert.equal(await logos.find(client('/new.png')), undefined)
    assert.deepEqual(
      host.requests.map(({ path }) => path),
      ['/logo.png', '/new.png'],
    )
  })

  it('O7: an answer that comes after the address was changed is not kept for the new one', async (t) => {
    const waiting: ServerResponse[] = []
    const { logos, client, host } = await start(t, (_request, response) => void waiting.push(response))
    const former = logos.find(client('/old.png'))
    await until(() => waiting.length === 1, 'the host is asked')
    host.answer = serves(pngOf(8, 8))
    assert.deepEqual((await logos.find(client('/new.png')))?.body, pngOf(8, 8))
    waiting[0]?.writeHead(200).end(pngOf(64, 64))
    await former
    assert.deepEqual((await logos.find(client('/new.png')))?.body, pngOf(8, 8))
  })

  it('O7 13.2: what nobody vouches for, is disabled or has no logo is never fetched, nor shown from what was kept', async (t) => {
    const { logos, client, host } = await start(t)
    assert.ok(await logos.find(client()))
    const others = [client('/logo.png', 'app', { isAssured: false }), { ...client(), disabledAt: 1 }, { ...client(), settings: { isAssured: true } }]
    for (const other of others) {
      assert.equal(await logos.find(other), undefined)
      assert.equal(logos.hasFailed(other), false)
    }
    assert.equal(host.requests.length, 1)
  })

  const large = Buffer.concat([pngOf(64, 64), Buffer.alloc(256 * 1024)])
  const refused: readonly (readonly [what: string, answer: RequestListener, why: RegExp])[] = [
    ['SVG', serves('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'image/svg+xml'), /no PNG, JPEG, WebP or GIF/],
    ['SVG that is called PNG', serves('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'image/png'), /no PNG/],
    ['HTML', serves('<!doctype html><script>alert(1)</script>', 'image/png'), /no PNG/],
    ['more than 256 KB', serves(large), /over 262144 bytes/],
    ['more than 2048 pixels in width', serves(pngOf(2049, 1)), /2049 × 1 pixels/],
    ['more than 2048 pixels in height', serves(pngOf(1, 2049)), /1 × 2049 pixels/],
    ['a picture that is not there', serves(pngOf(64, 64), 'image/png', 404), /answered 404/],
    ['a connection that breaks', (_request, response) => void response.destroy(), /not reached/],
  ]
  for (const [what, answer, why] of refused) {
    it(`O7 R6: ${what} is not shown, and not asked for again for five minutes`, async (t) => {
      const { logos, client, host, troubles, advance } = await start(t, answer)
      assert.deepEqual(await Promise.all([logos.find(client()), logos.find(client())]), [undefined, undefined])
      advance(5 * MINUTE - 1)
      assert.equal(await logos.find(client()), undefined)
      assert.ok(logos.hasFailed(client()))
      assert.equal(host.requests.length, 1)
      assert.match(troubles.join('\n'), why)
      assert.match(troubles.join('\n'), /^the logo of the client app is not shown: [^\n]*$/)
      advance(1)
      assert.equal(logos.hasFailed(client()), false)
      host.answer = serves(pngOf(2048, 2048))
      assert.ok(await logos.find(client()), 'asked again')
    })
  }

  it('R6: a host that is silent, and one that never ends, are left after their time', async (t) => {
    for (const answer of [() => {}, ((_request, response) => void response.writeHead(200).write('.')) as RequestListener]) {
      const { logos, client, sent, troubles } = await start(t, answer, undefined, 150)
      assert.equal(await logos.find(client()), undefined)
      assert.match(troubles[0] ?? '', /no answer within/)
      assert.deepEqual([sent[0]?.timeoutMs, sent[0]?.maxBytes], [5000, 256 * 1024])
    }
  })

  it('R6: no private address is asked, neither as it is written nor by a redirect, and no plain http', async (t) => {
    const inner = await startLogoHost(t)
    const redirects: RequestListener = (_request, response) => void response.writeHead(302, { location: `${inner.origin}/logo.png` }).end()
    const redirected = await start(t, redirects)
    assert.equal(await redirected.logos.find(redirected.client()), undefined)
    assert.match(redirected.troubles[0] ?? '', /answered 302/)
    const { logos, client, host, troubles } = await start(t, undefined, [])
    for (const uri of [host.origin, host.origin.replace('http', 'https'), 'http://logo.example/', 'https://10.0.0.1/logo.png', 'https://[::1]/logo.png'])
      assert.equal(await logos.find(client(uri, uri.slice(0, 20))), undefined, uri)
    assert.equal(troubles.length, 5)
    assert.deepEqual([inner.requests, host.requests], [[], []])
  })

  it('R6: at most eight are asked for at once; who comes meanwhile sees none, and may ask again', async (t) => {
    const waiting: ServerResponse[] = []
    const { logos, client, host } = await start(t, (_request, response) => void waiting.push(response))
    const eight = Array.from({ length: 8 }, (_, index) => logos.find(client('/logo.png', `app${index}`)))
    await until(() => waiting.length === 8, 'the host is asked eight times')
    assert.equal(await logos.find(client('/logo.png', 'ninth')), undefined)
    assert.equal(logos.hasFailed(client('/logo.png', 'ninth')), false)
    for (const response of waiting) response.writeHead(200).end(pngOf(8, 8))
    assert.ok((await Promise.all(eight)).every((logo) => logo !== undefined))
    host.answer = serves(pngOf(8, 8))
    assert.ok(await logos.find(client('/logo.png', 'ninth')))
    assert.equal(host.requests.length, 9)
  })

  for (const [what, body, kept] of [
    ['two hundred of them', pngOf(8, 8), 200],
    ['sixteen megabytes', Buffer.concat([pngOf(8, 8)], 256 * 1024), 64],
  ] as const) {
    it(`R6: ${what} are kept, and the oldest go`, async (t) => {
      const { logos, client, host } = await start(t, serves(body))
      const find = (index: number) => logos.find(client('/logo.png', `app${index}`))
      for (let index = 0; index <= kept; index++) assert.ok(await find(index))
      for (let index = 1; index <= kept; index++) await find(index)
      assert.equal(host.requests.length, kept + 1, 'all but the first are kept')
      await find(0)
      assert.equal(host.requests.length, kept + 2)
    })
  }
})
