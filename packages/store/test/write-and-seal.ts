/** A process that writes and seals until it is killed, and says the number of each batch that it sealed. */
import { openStore, type StoreOptions } from '../src/index.ts'
import { eventsOf, sealerOf } from './chains.ts'

const store = await openStore(JSON.parse(process.argv[2] ?? '') as StoreOptions)
const sealer = sealerOf(store)
for (;;) {
  await Promise.all([store.events.writeEvents(eventsOf(30)), sealer.turn()])
  const head = sealer.head()
  if (head !== undefined) process.send?.(head.number)
}
