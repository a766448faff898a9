import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type as Library, type TSchema } from 'typebox'
import { Type } from '../../src/json-schema.ts'

/** One schema of everything, made by whichever builders are handed in. */
function everything(build: typeof Type): TSchema {
  const text = build.String({ maxLength: 5 })
  const either = build.Union([build.Literal('a'), build.Null()], { description: 'd' })
  return build.Object(
    {
      bare: build.Object({}),
      texts: build.Array(text, { minItems: 1 }),
      yes: build.Optional(build.Boolean()),
      word: build.Enum(['a', 'b'], { description: 'd' }),
      whole: build.Optional(build.Integer({ minimum: 0 })),
      one: build.Literal(1),
      yesOnly: build.Literal(true),
      either: build.Optional(either),
      number: build.Number({ maximum: 1 }),
      table: build.Record(build.String({ maxLength: 40 }), build.Union([text, build.Optional(text)]), { maxProperties: 2 }),
      anything: build.Optional(build.Unknown({ description: 'd' })),
      some: build.Optional(build.Unsafe<'a' | null>(either)),
      text,
      inner: build.Object({ only: build.Optional(text) }, { additionalProperties: false }),
    },
    { additionalProperties: false, description: 'd' },
  )
}

describe('our builders of schemas', () => {
  it('V3: make the same JSON Schema as the library whose types they have', () => {
    assert.equal(JSON.stringify(everything(Type), null, 1), JSON.stringify(everything(Library), null, 1))
  })

  it('V3: can stand inside those of the library, and those inside ours', () => {
    const ours = Type.Object({ a: Library.Optional(Library.String()), b: Library.String() })
    const theirs = Library.Object({ a: Type.Optional(Type.String()), b: Type.String() })
    assert.deepEqual([ours.required, theirs.required], [['b'], ['b']])
  })

  it('V3: leave what was handed to them as it was', () => {
    const shared = Type.String()
    const schema = Type.Object({ a: Type.Optional(shared), b: shared })
    assert.deepEqual(schema.required, ['b'])
  })
})
