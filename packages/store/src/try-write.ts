/** Whether the database takes what is written: a row is made and removed in one act, which leaves nothing behind and has to be on the disk like any other. */
import { randomUUID } from 'node:crypto'
import type { Act } from './act.ts'
import type { Dialect, Engine } from './engine.ts'

export function writeTrial({ dialect, act }: Engine): () => Promise<void> {
  const name = randomUUID() // no two nodes wait for each other
  return () => act(() => tryWrite(dialect, name))
}

function* tryWrite({ db }: Dialect, name: string): Act<void> {
  yield db.insertInto('calls').values({ maker_id: 'trial', call_key: name, request_digest: '', created_at: 0, until: 0 }).compile()
  yield db.deleteFrom('calls').where('maker_id', '=', 'trial').where('call_key', '=', name).compile()
}
