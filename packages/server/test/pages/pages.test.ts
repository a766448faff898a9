import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assets, contentSecurityPolicy } from '../../src/pages/index.ts'
import { branded } from './branded.ts'
import { findById, readTags, tagsNamed } from './read-page.ts'
import { type Sample, samples } from './samples.ts'

const BREAKOUT = `PLANTED"'><script>alert(1)</script><i x=`
const TURNED = 'PLANTED\u202e\u2066gpj.exe\u2069\u061c'

/** Fields whose word chooses what the page shows: closed sets, never a stranger's text. */
const CLOSED = ['lasts', 'kind', 'environment', 'status', 'form', 'field']

describe('pages', () => {
  for (const sample of samples) {
    const page = sample.render(sample.site, sample.view)
    const tags = readTags(page)

    it(`13: ${sample.name} has its ids, each once, one h1 and its landmarks`, () => {
      for (const id of sample.ids) findById(tags, id)
      const ids = tags.map((tag) => tag.attributes['id']).filter((id) => id !== undefined)
      assert.deepEqual(ids, [...new Set(ids)])
      for (const name of ['h1', 'header', 'main', 'footer', 'title']) assert.equal(tagsNamed(tags, name).length, 1, name)
      assert.equal(tagsNamed(tags, 'html')[0]?.attributes['lang'], 'en')
      assert.match(
        tagsNamed(tags, 'meta')
          .map((tag) => tag.attributes['content'])
          .join('\n'),
        /^width=device-width, initial-scale=1$/m,
      )
    })

    it(`13: ${sample.name} labels every field and points only at ids that are there`, () => {
      const ids = new Set(tags.map((tag) => tag.attributes['id']))
      const labelled = new Set(tagsNamed(tags, 'label').map((tag) => tag.attributes['for']))
      const fields = [...tagsNamed(tags, 'input'), ...tagsNamed(tags, 'textarea')].filter((tag) => tag.attributes['type'] !== 'hidden')
      for (const { attributes } of fields) assert.ok(labelled.has(attributes['id']), JSON.stringify(attributes))
      for (const { attributes } of fields)
        assert.ok(['checkbox', 'radio'].includes(attributes['type'] ?? '') || attributes['autocomplete'], JSON.stringify(attributes))
      for (const { attributes } of tags) {
        const pointed = [attributes['for'], attributes['aria-labelledby'], attributes['aria-describedby'], attributes['href']?.match(/^#(.+)/)?.[1]]
        for (const id of pointed.flatMap((value) => value?.split(' ') ?? [])) assert.ok(ids.has(id), `#${id}`)
      }
    })

    it(`13: ${sample.name} has nothing inline and nothing from elsewhere, and posts its changes`, () => {
      for (const { name, attributes } of tags) {
        assert.notEqual(name, 'style')
        for (const attribute of Object.keys(attributes)) assert.doesNotMatch(attribute, /^on|^style$/)
        if (name === 'script') assert.equal(attributes['src'], assets.continueScript.href)
        if (name === 'link') assert.match(attributes['href'] ?? '', /^\/assets\//)
        if (name === 'img')
          assert.match(
            `${attributes['src']} alt="${attributes['alt']}"`,
            /^(?:\/applications\/[^/]+\/logo\?v=[0-9a-f]{16} alt=""|\/assets\/logo\?v=[0-9a-f]{16} alt="(?:Harbour Accounts)?")$/,
          )
        if (name === 'source') assert.match(attributes['srcset'] ?? '', /^\/assets\/logo-dark\?v=[0-9a-f]{16}$/)
        if (name === 'form') assert.equal(attributes['method'], 'post')
      }
      assert.doesNotMatch(page.replace(/<script src="[^"]*" defer><\/script>/, ''), /<script/)
    })

    it(`13: ${sample.name} and its stylesheet stay under 20 kB`, () => {
      const largest = branded.assets.find(({ path }) => path === assets.stylesheet.path)
      assert.ok(largest !== undefined && 'text' in largest)
      assert.ok(Buffer.byteLength(page) + Buffer.byteLength(largest.text) < 20_000, String(Buffer.byteLength(page)))
    })

    it(`13.2: ${sample.name} shows hostile text in any of its fields as text`, () => {
      const structure = shapeOf(page)
      const planted = plantedIn(sample, BREAKOUT)
      assert.ok(planted.length > 0)
      for (const { path, page: hostile } of planted) {
        assert.deepEqual(shapeOf(hostile), structure, path)
        assert.doesNotMatch(hostile, /<script>|PLANTED["'<>]/, path)
      }
    })

    it(`13.2: ${sample.name} shows no text that turns its surroundings around`, () => {
      for (const { path, page: hostile } of plantedIn(sample, TURNED)) {
        const shown = hostile.replace(/\s(?:value|content|href|action|src)="[^"]*"/g, '')
        assert.doesNotMatch(shown, /\p{Bidi_Control}/u, path)
      }
    })
  }
})

describe('the policy pages are served under', () => {
  it('13: lets nothing inline run, nothing from elsewhere load, and no frame hold the page', () => {
    const policy = contentSecurityPolicy()
    assert.match(policy, /^default-src 'none';/)
    assert.match(policy, /form-action 'self';/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|\*/)
  })

  it('13: lets an authorization end where its application may lead, and takes no second directive from its address', () => {
    const formAction = (...targets: readonly string[]) => /form-action ([^;]*)/.exec(contentSecurityPolicy(targets))?.[1]
    assert.equal(formAction('https://acme.example/cb'), "'self' https:")
    assert.equal(formAction('http://127.0.0.1:5123/cb'), "'self' http://localhost:* http://127.0.0.1:* https:")
    assert.equal(formAction('http://[::1]:9/'), "'self' http:")
    assert.equal(formAction('com.acme.app:/cb'), "'self' com.acme.app:")
    assert.equal(formAction('javascript:x', 'data:text/html,x', 'nonsense'), "'self'")
    const targets = ['https://a;b.example/', 'https://a; script-src *', 'x;y:/']
    assert.equal(contentSecurityPolicy(targets).split(';').length, contentSecurityPolicy().split(';').length)
  })
})

/** Tags and the names of their attributes, without what they say: what a stranger's text may never change. */
function shapeOf(page: string): readonly string[] {
  return readTags(page).map(({ name, attributes }) => `${name} ${Object.keys(attributes).join(' ')}`)
}

/** The sample's page once for each string in site and view, with hostile text after that string. */
function plantedIn(sample: Sample, hostile: string): readonly { readonly path: string; readonly page: string }[] {
  const whole = { site: sample.site, view: sample.view }
  return pathsToStrings(whole, [...CLOSED, ...sample.closed]).map((path) => {
    const planted = replaceAt(whole, path, (text) => text + hostile) as { site: Sample['site']; view: unknown }
    return { path: path.join('.'), page: sample.render(planted.site, planted.view) }
  })
}

function pathsToStrings(value: unknown, closed: readonly string[]): readonly (readonly string[])[] {
  if (typeof value === 'string') return [[]]
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value).filter(([key]) => !closed.includes(key))
  return entries.flatMap(([key, inner]) => pathsToStrings(inner, closed).map((path) => [key, ...path]))
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], change: (text: string) => string): unknown {
  if (key === undefined) return change(String(value))
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  Reflect.set(copy, key, replaceAt(Reflect.get(copy, key), rest, change))
  return copy
}
