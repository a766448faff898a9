/** Logo and accent in the configuration: what is taken, and what an operator reads who gave something else. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '@latchwork/server/config'
import { pngOf } from '../kit/logo-host.ts'
import { folder, problemsOf, refuses } from './refused.ts'

describe('the accent of a site', () => {
  it('13 E7: is taken where it stands out, and brings one for dark mode with it', async () => {
    const { site } = await loadConfig({ env: { LATCHWORK_SITE_ACCENT: '#A3195B' } })
    assert.equal(site.accents.light?.accent, '#a3195b')
    assert.match(site.accents.dark?.accent ?? '', /^#e6/)
    const own = await loadConfig({ given: { site: { accentDark: '#ffcc00' } } })
    assert.deepEqual([own.site.accents.light, own.site.accents.dark?.accent], [undefined, '#ffcc00'])
    assert.deepEqual((await loadConfig()).site.accents, { light: undefined, dark: undefined })
  })

  it('13 E7: is refused with what was measured, what is needed, and the nearest that passes', async () => {
    const [problem, ...more] = await problemsOf({ env: { LATCHWORK_SITE_ACCENT: '#ffcc00' } })
    assert.equal(more.length, 0)
    assert.equal(problem?.option, 'LATCHWORK_SITE_ACCENT')
    assert.match(
      problem?.fault ?? '',
      /^#ffcc00 stands out too little in light mode: links 1\.\d\d:1 on an inset, .*words of buttons 1\.\d\d:1, .*\(needs 4\.5:1, WCAG 2\.2, 1\.4\.3\); .*\(needs 3:1, WCAG 2\.2, 1\.4\.11\)$/,
    )
    const [, nearest = ''] = /^Give (#[0-9a-f]{6}), the nearest colour of the same hue/.exec(problem?.mend ?? '') ?? assert.fail(problem?.mend)
    assert.match(problem?.mend ?? '', /For dark mode #ffcc00 is right: give it as site\.accentDark\.$/)
    assert.equal((await loadConfig({ given: { site: { accent: nearest, accentDark: '#ffcc00' } } })).site.accents.light?.accent, nearest)
    await refuses({ given: { site: { accentDark: '#1f57b5' } } }, 'site.accentDark', /in dark mode: .* 2\.\d\d:1/)
  })

  it('13 E7: is refused where it is no #rrggbb', async () => {
    for (const accent of ['red', '#fff', '#1f57b5;}', 'rgb(1,2,3)']) await refuses({ given: { site: { accent } } }, 'site.accent', /no colour of the form/)
  })
})

describe('the logo of a site', () => {
  it('13 E7: is read from the file, relative to that of the configuration', async (t) => {
    const cwd = folder(t, { 'c.json': '{"site":{"logo":"logo.png"}}' })
    writeFileSync(join(cwd, 'logo.png'), pngOf(64, 32))
    const { site } = await loadConfig({ file: join(cwd, 'c.json') })
    assert.deepEqual([site.logo?.picture.width, site.logo?.picture.height, site.logo?.hasName, site.logo?.dark], [64, 32, false, undefined])
  })

  it('13 E7: is refused with its path and the mend', async (t) => {
    const cwd = folder(t, { 'text.png': 'no picture', 'script.svg': '<svg viewBox="0 0 1 1"><script/></svg>' })
    await refuses({ given: { site: { logo: 'gone.png' } }, cwd }, 'site.logo', /gone\.png cannot be read \(ENOENT\)/)
    await refuses({ given: { site: { logo: 'text.png' } }, cwd }, 'site.logo', /text\.png is no PNG, JPEG, WebP or SVG/)
    await refuses({ given: { site: { logo: 'script.svg' } }, cwd }, 'site.logo', /script\.svg holds script/)
    writeFileSync(join(cwd, 'logo.png'), pngOf(64, 32))
    await refuses({ given: { site: { logoDark: 'logo.png' } }, cwd }, 'site.logo', /is missing, but site\.logoDark is given/)
  })
})
