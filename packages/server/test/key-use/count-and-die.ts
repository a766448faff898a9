/** A process that notes uses of keys as a busy node would, says how many, and is killed by whoever started it. */
import { createUseRecorder, judgeUse } from '@latchwork/api-keys'
import { systemClock } from '@latchwork/kernel'
import { networkOf } from '@latchwork/limits'
import { openStore, type StoreOptions } from '@latchwork/store'

const { options, keyIds } = JSON.parse(process.argv[2] ?? '') as { readonly options: StoreOptions; readonly keyIds: readonly string[] }
const store = await openStore(options)
const judge = { windowMs: 600_000, judge: judgeUse, channels: [] }
const recorder = createUseRecorder({ store: store.keyUse, clock: systemClock, judge, networkOf, log: console.error })
let count = 0
setInterval(() => {
  const at = Date.now()
  for (const keyId of keyIds) recorder.note({ keyId, outcome: count++ % 5 === 0 ? 'expired' : 'valid', address: '192.0.2.1', userAgent: 'test', at })
  process.send?.({ count, at })
}, 5)
