/** A process that notes uses of keys as a busy node would, says how many, and is killed by whoever started it. */
import { createUseRecorder, judgeUse } from '@latchwork/api-keys'
import { systemClock } from '@latchwork/kernel'
import { networkOf } from '@latchwork/limits'
import { openStore, type StoreOptions } from '@latchwork/store'

const { options, keyIds } = JSON.parse(process.argv[2] ?? '') as { readonly options: StoreOptions; readonly keyIds: readonly string[] }
const store = await openStore(options)
const judge = { windowMs: 600_000, judge: judgeUse, channels: [] }
let standstill = 0
let writingSince: number | undefined
const keyUse: typeof store.keyUse = {
  ...store.keyUse,
  async recordUse(...report) {
    writingSince = Date.now()
    try {
      return await store.keyUse.recordUse(...report)
    } finally {
      standstill = Math.max(standstill, Date.now() - writingSince)
      writingSince = undefined
    }
  },
}
const recorder = createUseRecorder({ store: keyUse, clock: systemClock, removalClock: systemClock, judge, networkOf, log: console.error })
let count = 0
let before = Date.now()
setInterval(() => {
  const at = Date.now()
  standstill = Math.max(standstill, at - before, writingSince === undefined ? 0 : at - writingSince)
  before = at
  for (const keyId of keyIds) recorder.note({ keyId, outcome: count++ % 5 === 0 ? 'expired' : 'valid', address: '192.0.2.1', userAgent: 'test', at })
  process.send?.({ count, at, standstill })
}, 5)
