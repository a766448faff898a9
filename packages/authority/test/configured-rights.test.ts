/** What a start says of what the configuration took: at once, again at each start of the day after, and long enough for tokens of the configuration before. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Journal } from '@latchwork/kernel'
import { bringRightsInLine, type ConfiguredRights } from '../src/index.ts'

const DAY = 24 * 3_600_000
const T0 = 1_790_000_000_000
const API = 'https://api.example'

function newInstallation() {
  let kept: string | undefined
  return async (configured: Partial<ConfiguredRights>, now: number) => {
    let written: Journal | undefined
    const store = {
      bringConfiguredInLine: async (decide: (before: string | undefined) => { readonly value: string; readonly journal: Journal }) => {
        const { value, journal } = decide(kept)
        kept = value
        written = journal
        return value
      },
    }
    const rights = configured.rights ?? [API, `${API} a:read`, `${API} a:write`, `sessions ${API}`]
    const longestMs = await bringRightsInLine(store, { rights, lookUps: rights.join(), longestTokenMs: 600_000, ...configured }, now)
    const { revocations = [], events = [] } = written ?? {}
    return {
      longestMs,
      ended: revocations.map(({ lifeline }) => lifeline),
      untils: revocations.map(({ until }) => until - now),
      told: events.map(({ data }) => data),
    }
  }
}

const narrow = { rights: [API, `${API} a:read`, `sessions ${API}`] }

describe('rights of the configuration', () => {
  it('O10: the first start and one without a change say nothing; one that takes says what, and writes it down once', async () => {
    const start = newInstallation()
    for (const now of [T0, T0 + 1]) assert.deepEqual((await start({}, now)).ended, [])
    const taking = await start(narrow, T0 + 2)
    assert.deepEqual([taking.ended, taking.untils, taking.told], [['right:a:write', 'configuration:rights'], [600_000, 0], [{ taken: 'a:write' }]])
    const again = await start(narrow, T0 + 3)
    assert.deepEqual([again.ended, again.told], [['right:a:write', 'configuration:rights'], []], 'a node that was restarted later went on issuing until now')
    assert.deepEqual((await start(narrow, T0 + 3 + DAY)).ended, [])
  })

  it('O10: what is defined again is taken no more; what is no longer of your own front ends ends by its API', async () => {
    const start = newInstallation()
    await start({}, T0)
    await start(narrow, T0 + 1)
    assert.deepEqual((await start({}, T0 + 2)).ended, ['configuration:rights'])
    assert.deepEqual((await start({ rights: [API, `${API} a:read`, `${API} a:write`] }, T0 + 3)).ended, [`right:${API}`, 'configuration:rights'])
  })

  it('K7 K10: what look-ups depend on is told by itself', async () => {
    const start = newInstallation()
    await start({}, T0)
    assert.deepEqual((await start({ lookUps: 'another' }, T0 + 1)).ended, ['configuration:rights'])
  })

  it('O10: where tokens now live shorter, those before count until they are over', async () => {
    const start = newInstallation()
    await start({ longestTokenMs: 8 * 3_600_000 }, T0)
    const taking = await start(narrow, T0 + 30 * DAY)
    assert.deepEqual([taking.longestMs, taking.untils[0]], [8 * 3_600_000, 8 * 3_600_000])
    assert.equal((await start(narrow, T0 + 31 * DAY)).longestMs, 8 * 3_600_000, 'nodes are restarted one after another')
    assert.equal((await start(narrow, T0 + 32 * DAY)).longestMs, 600_000)
  })
})
