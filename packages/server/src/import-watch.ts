/** Whether keys of other systems were imported, here or on another node (K16): known without asking, because every stranger's text would ask. */
import type { ApiKeysStore } from '@latchwork/api-keys'

export interface ImportWatch {
  readonly exist: () => boolean
  /** Keys were imported on this node just now. */
  readonly note: () => void
  readonly close: () => void
}

/** So late another node notices the first import. */
const INTERVAL_MS = 5000

export async function watchImports(store: Pick<ApiKeysStore, 'hasImports'>, onTrouble: (message: string, cause?: unknown) => void): Promise<ImportWatch> {
  let areThere = await store.hasImports()
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    store.hasImports().then(
      (found) => {
        if (found) note()
      },
      (cause: unknown) => onTrouble('it is not known whether keys were imported', cause),
    )
  }
  const note = (): void => {
    areThere = true
    clearInterval(timer) // keys are never deleted: nothing more to learn
  }
  if (!areThere) timer = setInterval(look, INTERVAL_MS).unref()
  return { exist: () => areThere, note, close: () => clearInterval(timer) }
}
