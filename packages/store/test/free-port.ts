/**
 * A port for a test that must know it before anything listens there. Not from the system's own range: there, an outgoing connection of any process may take it meanwhile. Each
 * process has a block of its own to begin with, so that two of them do not find the same one free.
 */
import { createServer } from 'node:net'

const FIRST = 10_000
const BLOCK = 100
const BLOCKS = 220 // up to 32 000, where the system's range begins
let next = (process.pid % BLOCKS) * BLOCK

export async function freePort(host = 'localhost'): Promise<number> {
  for (let tried = 0; tried < BLOCK * BLOCKS; tried++) {
    const port = FIRST + (next++ % (BLOCK * BLOCKS))
    if (await isFree(port, host)) return port
  }
  throw new Error('no free port')
}

function isFree(port: number, host: string): Promise<boolean> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })
}
