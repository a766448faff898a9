/** The call after a revocation: the feed has a tenth of a second to reach the API (K10), and the tour says how long it took. */
import { performance } from 'node:perf_hooks'
import { type Answer, Deviation, demandStatus, exchange, type Request } from './exchange.ts'
import type { Narrator } from './narrator.ts'

const LONGEST_WAIT_MS = 100

/** Call it as soon as the revocation was answered. @throws Deviation when the API still lets the call pass after a tenth of a second. */
export async function untilRefused(narrator: Narrator, request: Request, expectedStatus: number): Promise<Answer> {
  const start = performance.now()
  narrator.request(request)
  for (;;) {
    const answer = await exchange(request)
    const waited = performance.now() - start
    if (answer.status !== 200) {
      narrator.answer(answer)
      narrator.remark(`(refused ${Math.ceil(waited)} ms after the revocation was answered)`)
      return demandStatus(answer, request, expectedStatus)
    }
    if (waited > LONGEST_WAIT_MS) throw new Deviation(`Expected: the API refuses within ${LONGEST_WAIT_MS} ms of the revocation.`)
  }
}
