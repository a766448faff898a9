/** Load of a given rate: so many operations a second, spread over connections, however long each takes. */
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { Sample } from './drive.ts'
import { HttpConnection } from './http-connection.ts'

const CONNECTIONS = 16

/** Each connection sends at its own beats; the wait for an answer that came too late for the next beat counts from that beat. */
export async function atPace(origin: string, perSecond: number, seconds: number, operation: (connection: HttpConnection) => Promise<void>): Promise<Sample> {
  const connections = Array.from({ length: CONNECTIONS }, () => new HttpConnection(origin))
  const latencies: number[] = []
  const start = performance.now()
  const beatMs = (1000 * CONNECTIONS) / perSecond
  const play = async (connection: HttpConnection, index: number): Promise<void> => {
    for (let due = start + (index / CONNECTIONS) * beatMs; due < start + seconds * 1000; due += beatMs) {
      const early = due - performance.now()
      if (early > 0) await pause(early)
      await operation(connection)
      latencies.push(performance.now() - due)
    }
  }
  try {
    await Promise.all(connections.map(play))
  } finally {
    for (const connection of connections) connection.close()
  }
  const elapsed = performance.now() - start
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { perSecond: (latencies.length / elapsed) * 1000, operations: latencies.length, p50Milliseconds: at(0.5), p99Milliseconds: at(0.99) }
}
