/** The logo of a site as a file: what it is, by its bytes, and what is none. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readLogo, readLogoFile, shownSize } from '../../src/look/logo.ts'
import { folder } from '../config/refused.ts'
import { pngOf } from '../kit/logo-host.ts'
import { LOGO_SVG } from '../pages/branded.ts'

const svg = (inside: string, attributes = 'viewBox="0 0 40 10"', before = ''): Buffer =>
  Buffer.from(`${before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${inside}</svg>`)

const faultOf = (body: Buffer): string | undefined => {
  const read = readLogo(body)
  return 'fault' in read ? read.fault : undefined
}

describe('the logo of a site', () => {
  it('13: is what its bytes say, with the size that they say', () => {
    const { mediaType, width, height } = readLogo(pngOf(300, 60)) as Exclude<ReturnType<typeof readLogo>, { fault: string }>
    assert.deepEqual({ mediaType, width, height }, { mediaType: 'image/png', width: 300, height: 60 })
    assert.equal(faultOf(Buffer.from(LOGO_SVG)), undefined)
    for (const [attributes, size] of [
      ['viewBox="0 0 40 10"', [40, 10]],
      ["viewBox='-5,-5, 40.5 10'", [40.5, 10]],
      ['width="80px" height="20" viewBox="0 0 8 2"', [80, 20]],
      ['width="100%" height="100%" viewBox="0 0 8 2"', [8, 2]],
    ] as const) {
      const drawing = readLogo(svg('<g/>', attributes))
      assert.ok(!('fault' in drawing), attributes)
      assert.deepEqual([drawing.width, drawing.height], size)
    }
  })

  it('13: is refused where it is no picture, moves or is too large', () => {
    for (const body of ['', 'GIF89a', '<html><svg viewBox="0 0 1 1"></svg></html>', '\ufeff', 'P6 1 1 255'].map((text) => Buffer.from(text)))
      assert.equal(faultOf(body), 'is no PNG, JPEG, WebP or SVG')
    assert.equal(faultOf(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(LOGO_SVG, 'utf16le')])), 'is no PNG, JPEG, WebP or SVG')
    assert.match(faultOf(pngOf(2049, 4)) ?? '', /^has 2049 × 4 pixels, more than 2048 × 2048$/)
    assert.match(faultOf(svg('<g/>', 'width="100%"')) ?? '', /neither viewBox nor width and height/)
    assert.match(faultOf(svg('<g/>', 'viewBox="0 0 0 10"')) ?? '', /neither viewBox/)
  })

  it('13: is refused as a drawing that is more than one: script, documents, motion, references to elsewhere', () => {
    const refused: Readonly<Record<string, RegExp>> = {
      '<script>alert(1)</script>': /script/,
      '<svg:script href="#a"/>': /script/,
      '<g onload="alert(1)"/>': /begins with "on"/,
      "<g\nonclick = 'x'/>": /begins with "on"/,
      '<foreignObject><p/></foreignObject>': /document/,
      '<animate attributeName="x"/>': /moves/,
      '<set attributeName="x"/>': /moves/,
      '<style>@keyframes a {}</style>': /moves/,
      '<image href="https://elsewhere.example/x.png"/>': /outside itself \(href\)/,
      '<image xlink:href="//elsewhere.example/x.png"/>': /outside itself \(href\)/,
      '<a href="javascript:alert(1)"><path/></a>': /outside itself \(href\)/,
      '<a href="&#106;avascript:alert(1)"><path/></a>': /outside itself \(href\)/,
      '<use href="data:image/svg+xml;base64,AAAA"/>': /outside itself \(href\)/,
      '<path fill="url(https://elsewhere.example/#a)"/>': /outside itself \(url\)/,
      '<style>@import "x.css";</style>': /stylesheet/,
    }
    for (const [inside, fault] of Object.entries(refused)) assert.match(faultOf(svg(inside)) ?? '', fault, inside)
    assert.match(faultOf(svg('&a;', 'viewBox="0 0 1 1"', '<!DOCTYPE svg [<!ENTITY a "b">]>')) ?? '', /no PNG|entities/)
    assert.match(faultOf(svg('<g/>', 'viewBox="0 0 1 1"', '<?xml version="1.0" encoding="UTF-16"?>')) ?? '', /UTF-8/)
  })

  it('13: drawings as programs write them are taken', () => {
    const doctype =
      '<?xml version="1.0" encoding="utf-8"?>\n<!-- Generator -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    const inside = [
      '<style type="text/css">.st0{fill:url(#a);}</style><linearGradient id="a"/>',
      '<path style="fill:url(&quot;#a&quot;)"/><path fill="url(\'#a\')"/>',
      '<use xlink:href="#a"/><image href="data:image/png;base64,iVBORw0KGgo="/>',
      '<title>Rates = one "of" two</title>',
    ]
    assert.equal(faultOf(svg(inside.join(''), 'viewBox="0 0 4 1"', doctype)), undefined)
  })

  it('13: is shown within its box, never stretched, and pixels never enlarged', () => {
    const shown = (mediaType: 'image/png' | 'image/svg+xml', width: number, height: number) => Object.values(shownSize({ mediaType, width, height }))
    assert.deepEqual(shown('image/png', 480, 112), [240, 56])
    assert.deepEqual(shown('image/png', 32, 32), [32, 32])
    assert.deepEqual(shown('image/png', 64, 128), [28, 56])
    assert.deepEqual(shown('image/svg+xml', 40, 10), [224, 56])
    assert.deepEqual(shown('image/svg+xml', 100, 10), [240, 24])
    assert.deepEqual(shown('image/png', 2048, 2), [240, 1])
  })

  it('E7: is read from a file that is one, and not too large', (t) => {
    const cwd = folder(t)
    writeFileSync(join(cwd, 'logo.svg'), LOGO_SVG)
    writeFileSync(join(cwd, 'large.svg'), LOGO_SVG + ' '.repeat(256 * 1024))
    mkdirSync(join(cwd, 'logos'))
    assert.ok(!('fault' in readLogoFile(join(cwd, 'logo.svg'))))
    assert.deepEqual(readLogoFile(join(cwd, 'large.svg')), { fault: 'is larger than 256 KB' })
    for (const path of [join(cwd, 'logos'), '/dev/zero']) assert.deepEqual(readLogoFile(path), { fault: 'is no file' })
  })
})
