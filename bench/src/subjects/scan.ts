/** A scan, over and over, in a process of its own; what is counted is megabytes. Settings: what to scan, and how. */
import { scan, type Target } from '../../../packages/scan/src/index.ts'
import { sayReady } from './ready.ts'

const target = JSON.parse(process.argv[2] ?? '{}') as Target

process.on('message', async ({ seconds }: { readonly seconds: number }) => {
  const began = performance.now()
  let bytes = 0
  do {
    const { counts } = await scan([target])
    bytes += counts.bytes
  } while (performance.now() - began < seconds * 1000)
  process.send?.({ operations: bytes / 1e6, milliseconds: performance.now() - began })
})
sayReady({ origin: 'none' })
