/**
 * Whether this node knows every pepper that keys are stored under (K3, K16). One that it does not know makes it refuse good keys as unknown, so the log says it loudly; one that is
 * another secret under the same id would make others refuse what is made here, so the node does not start.
 */
import { type ApiKeys, type NamedPepper, notedPepper, pepperIds } from '@latchwork/api-keys'
import type { Clock } from '@latchwork/kernel'
import { ConfigurationError } from './config/configuration-error.ts'

export interface PepperWatch {
  /** Looks now. Never rejects. */
  readonly look: () => Promise<void>
  readonly close: () => void
}

interface Parts {
  readonly apiKeys: ApiKeys
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 30_000

/** Before anything is stored. @throws ConfigurationError; Refusal `store_unavailable`. */
export async function watchPeppers({ apiKeys, clock, onTrouble }: Parts): Promise<PepperWatch> {
  const { store, peppers = [] } = apiKeys
  const known = pepperIds(peppers)
  const mine = new Map(peppers.filter(isNamed).map((pepper) => [pepper.id, notedPepper(pepper)]))
  const current = peppers[0] === undefined || peppers[0] === 'none' ? undefined : mine.get(peppers[0].id)
  const others = [...mine.values()].filter((pepper) => pepper !== current)
  for (const { id, fingerprint } of await store.notePeppers(current, others)) {
    const own = mine.get(id)
    if (own !== undefined && own.fingerprint !== fingerprint) refuseOther(id)
  }
  const told = new Set<string>()
  const look = async (): Promise<void> => {
    const beside = await store.findPeppersBeside(known, clock.now()).catch(() => []) // that the store is away is said elsewhere
    for (const id of beside) if (!told.has(id)) onTrouble(wordsOfUnknown(id))
    for (const id of beside) told.add(id)
  }
  await look()
  const timer = setInterval(() => void look(), INTERVAL_MS).unref()
  return { look, close: () => clearInterval(timer) }
}

function isNamed(pepper: NamedPepper | 'none'): pepper is NamedPepper {
  return pepper !== 'none'
}

function refuseOther(id: string): never {
  throw new ConfigurationError([
    {
      option: 'keys.peppers',
      fault: `${id} is another secret than the ${id} that keys of this installation are stored under`,
      mend: 'Give every node the same list; a new secret gets a new id.',
    },
  ])
}

const wordsOfUnknown = (id: string): string =>
  `living keys are stored under the pepper ${id}, which keys.peppers does not name here: this node refuses them as unknown, and takes no imports. Put ${id} at the end of its list`
