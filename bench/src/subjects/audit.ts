/** Audits of a tree, one after the other, in a process of its own. Settings: where the tree is. */
import { auditTree } from '../../../packages/audit/src/index.ts'
import { sayReady } from './ready.ts'

const { path } = JSON.parse(process.argv[2] ?? '{}') as { readonly path: string }

process.on('message', async ({ seconds }: { readonly seconds: number }) => {
  const began = performance.now()
  let operations = 0
  do {
    await auditTree(path)
    operations++
  } while (performance.now() - began < seconds * 1000)
  process.send?.({ operations, milliseconds: performance.now() - began })
})
sayReady({ origin: 'none' })
