/** Logo and accent over HTTP: served by this server, at addresses that change with what stands there. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folder } from '../config/refused.ts'
import { pngOf } from '../kit/logo-host.ts'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { LOGO_SVG } from '../pages/branded.ts'

describe('the look of a site', () => {
  const latchworkOf = shared((t) => {
    const cwd = folder(t)
    const [logo, logoDark] = [join(cwd, 'a.png'), join(cwd, 'b')]
    writeFileSync(logo, LOGO_SVG) // whatever it is called
    writeFileSync(logoDark, pngOf(448, 112))
    return startLatchwork(t, { config: { site: { name: 'Acme & Co', logo, logoDark, logoHasName: true, accent: '#A3195B' } } })
  })
  const open = async (path: string) => {
    const response = await fetch(`${latchworkOf().issuer}${path}`)
    return { headers: response.headers, status: response.status, body: Buffer.from(await response.arrayBuffer()) }
  }
  const hrefIn = (page: string, form: RegExp): string => form.exec(page)?.[1] ?? assert.fail(page)

  it('13: pages link the stylesheet in the colours that were chosen; a stranger’s version of its address is not kept', async () => {
    const page = (await open('/login')).body.toString()
    const href = hrefIn(page, /<link rel="stylesheet" href="([^"]+)"/)
    const { headers, body } = await open(href)
    assert.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.match(headers.get('content-type') ?? '', /^text\/css/)
    assert.match(body.toString(), /:root\{--accent:#a3195b;.*prefers-color-scheme: dark\)\{:root\{--accent:#[0-9a-f]{6};--accent-strong/s)
    for (const other of ['/assets/latchwork.css', '/assets/latchwork.css?v=0123456789abcdef', `${href}&v=2`]) {
      const answer = await open(other)
      assert.equal(answer.headers.get('cache-control'), 'no-cache', other)
      assert.deepEqual(answer.body, body)
    }
  })

  it('13: pages show the logo with the name as its text, in either mode; opened by itself it runs nothing', async () => {
    const page = (await open('/login')).body.toString()
    const href = hrefIn(page, /<img src="([^"]+)" width="224" height="56" alt="Acme &amp; Co">/)
    const dark = hrefIn(page, /<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)" width="224" height="56">/)
    assert.doesNotMatch(page, /<header>[\s\S]*<bdi>[\s\S]*<\/header>/)
    for (const [path, mediaType, body] of [
      [href, 'image/svg+xml', Buffer.from(LOGO_SVG)],
      [dark, 'image/png', pngOf(448, 112)],
    ] as const) {
      const answer = await open(path)
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.body, body)
      assert.match(answer.headers.get('content-type') ?? '', new RegExp(`^${mediaType.replace('+', '\\+')}`))
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none';.* sandbox$/)
    }
  })
})
