import assert from 'node:assert/strict'
import { it } from 'node:test'
import { keepTickShape } from '../../src/http/tick-shape.ts'

it('what is kept is the object Node makes for a tick: if it is another one day, this is to be measured anew', () => {
  const tick = keepTickShape() ?? assert.fail('a tick')
  assert.ok('callback' in tick && 'args' in tick)
  assert.deepEqual(
    Object.getOwnPropertySymbols(tick)
      .map(({ description }) => description)
      .slice(0, 2),
    ['async_id_symbol', 'trigger_async_id_symbol'],
  )
})
