/** The ways a contestant is measured: by load over HTTP, or by a loop in its own process. */
import { once } from 'node:events'
import type { Contestant, Measured } from './contest.ts'
import { openDriver, type Prepare } from './load/drive.ts'
import type { Subject } from './subject.ts'
import type { LoopRequest, LoopResult } from './subjects/ready.ts'

/** Load over HTTP, on connections kept open from round to round. */
export async function overHttp(name: string, subject: Subject, connections: number, prepare: Prepare, origin = subject.ready.origin): Promise<Contestant> {
  const driver = await openDriver(origin, connections, prepare)
  return {
    name,
    close: driver.close,
    measure: async (seconds) => {
      const before = subject.cpuSeconds()
      const { perSecond, operations, ...latencies } = await driver.run(seconds)
      return { value: perSecond, ...latencies, ...cpuPerOperation(subject, before, operations) }
    },
  }
}

/** The median of the latencies as the value. */
export function asLatency(contestant: Contestant): Contestant {
  return {
    ...contestant,
    measure: async (seconds) => {
      const measured = await contestant.measure(seconds)
      return { ...measured, value: measured.p50Milliseconds ?? Number.NaN }
    },
  }
}

/** A loop in the subject's own process: the work itself, with nothing around it. */
export function inProcess(name: string, subject: Subject): Contestant {
  return {
    name,
    close: () => undefined,
    measure: async (seconds) => {
      const before = subject.cpuSeconds()
      const request: LoopRequest = { type: 'run', seconds }
      const answered = once(subject.child, 'message')
      subject.child.send(request)
      const { operations, milliseconds } = (await answered)[0] as LoopResult
      return { value: (operations / milliseconds) * 1000, ...cpuPerOperation(subject, before, operations) }
    },
  }
}

function cpuPerOperation(subject: Subject, before: number | undefined, operations: number): Pick<Measured, 'cpuMicroseconds'> {
  const after = subject.cpuSeconds()
  return before === undefined || after === undefined || operations === 0 ? {} : { cpuMicroseconds: ((after - before) / operations) * 1e6 }
}
