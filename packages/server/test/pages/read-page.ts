/** Reads a page as a list of tags: enough to ask about its structure, and strict, so that mark-up it cannot read fails the test. */
import assert from 'node:assert/strict'

export interface Tag {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const TAG = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-z-]*(?:="[^"<>]*")?)*)\s*>/g
const ATTRIBUTE = /([a-z][a-z-]*)(?:="([^"]*)")?/g
const VOID = new Set(['meta', 'link', 'input', 'source', 'br', 'img'])

/** Every opening tag in order. Fails on anything between tags that a browser could read as one, and on tags that do not close. */
export function readTags(page: string): readonly Tag[] {
  const tags: Tag[] = []
  const open: string[] = []
  const rest = page.replace('<!doctype html>', '').replace(TAG, (_, slash: string, name: string, attributes: string) => {
    if (slash === '/') assert.equal(open.pop(), name, `</${name}> closes what is open`)
    else {
      tags.push({ name, attributes: readAttributes(attributes) })
      if (!VOID.has(name)) open.push(name)
    }
    return ''
  })
  assert.deepEqual(open, [], 'every tag is closed')
  assert.doesNotMatch(rest, /[<>]/, 'no tag stands where text should be')
  return tags
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    assert.equal(attributes[name], undefined, `${name} stands once in a tag`)
    attributes[name] = plainText(value)
  }
  return attributes
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&#96;': '`', '&#13;': '\r' }

function plainText(text: string): string {
  return text.replace(/&[^;\s]*;/g, (entity) => ENTITIES[entity] ?? assert.fail(`${entity} is none of ours`))
}

export function tagsNamed(tags: readonly Tag[], name: string): readonly Tag[] {
  return tags.filter((tag) => tag.name === name)
}

export function findById(tags: readonly Tag[], id: string): Tag {
  return tags.find((tag) => tag.attributes['id'] === id) ?? assert.fail(`#${id} is on the page`)
}
