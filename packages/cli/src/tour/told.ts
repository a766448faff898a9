/** An exchange as the tour tells it. */
import { type Answer, demandStatus, exchange, type Request } from './exchange.ts'
import type { Narrator } from './narrator.ts'

/** What the demo API says of who called, as far as the tour shows it. */
export const CALLER: readonly string[] = ['caller.mechanism', 'caller.subject', 'caller.clientId', 'caller.scopes']

/** Shows the request, sends it, shows the answer (of a JSON body the members named), and demands the status. */
export async function told(narrator: Narrator, request: Request, expectedStatus: number, members?: readonly string[]): Promise<Answer> {
  narrator.request(request)
  const answer = await exchange(request)
  narrator.answer(answer, members)
  return demandStatus(answer, request, expectedStatus)
}
