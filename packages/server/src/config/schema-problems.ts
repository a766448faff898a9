/** What a value has against its schema, one problem a place, each with the place's path and the mend that its schema gives. */
import { suggestion } from '@latchwork/kernel'
import { Errors } from 'typebox/schema'
import { Settings } from 'typebox/system'
import type { TSchema } from '../json-schema.ts'
import type { Problem } from './configuration-error.ts'

interface Node {
  readonly description?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

const KIND_WORDS: Readonly<Record<string, string>> = { string: 'text', array: 'a list', object: 'an object', boolean: 'true or false', number: 'a number' }

export function schemaProblems(schema: TSchema, content: unknown): readonly Problem[] {
  const problems = new Map<string, Problem>()
  const add = (option: string, fault: string, mend: string) => problems.has(option) || problems.set(option, { option, fault, mend })
  for (const error of allErrors(schema, content)) {
    const segments = error.instancePath.split('/').slice(1)
    const place = placeOf(segments)
    const node = nodeAt(schema as Node, segments)
    const { params } = error as { readonly params: { readonly additionalProperties?: readonly string[]; readonly requiredProperties?: readonly string[] } }
    if (node === undefined || (node.anyOf !== undefined && error.keyword !== 'anyOf')) continue
    const known = Object.keys(node.properties ?? {})
    for (const name of params.additionalProperties ?? []) add(`${place}.${name}`, 'is unknown here', suggestion(name, known))
    for (const name of params.requiredProperties ?? []) add(`${place}.${name}`, 'is missing', node.properties?.[name]?.description ?? '')
    if (params.additionalProperties === undefined && params.requiredProperties === undefined) add(place, faultOf(error.keyword, node), node.description ?? '')
  }
  return [...problems.values()]
}

/** The library stops at eight errors, a setting of the whole process: raised for this look alone, and bounded. */
function allErrors(schema: TSchema, content: unknown): ReturnType<typeof Errors>[1] {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: 200 })
  try {
    return Errors(schema, content)[1]
  } finally {
    Settings.Set({ maxErrors })
  }
}

function faultOf(keyword: string, node: Node): string {
  if (keyword === 'type') return `is not ${KIND_WORDS[node.type ?? ''] ?? node.type}`
  if (keyword === 'minLength' || keyword === 'minItems') return 'is empty or too short'
  if (keyword === 'maxLength' || keyword === 'maxItems') return 'is too long'
  return 'has not the right form'
}

function nodeAt(schema: Node, segments: readonly string[]): Node | undefined {
  return segments.reduce<Node | undefined>(
    (node, segment) => (/^\d+$/.test(segment) && node?.items !== undefined ? node.items : node?.properties?.[segment]),
    schema,
  )
}

/** `/clients/0/id` as it is read: `clients[0].id`. */
function placeOf(segments: readonly string[]): string {
  return segments.map((segment, index) => (/^\d+$/.test(segment) ? `[${segment}]` : `${index === 0 ? '' : '.'}${segment}`)).join('')
}
