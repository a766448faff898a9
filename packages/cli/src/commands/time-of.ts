/** Times as people write them: whole, or as a span that is past. */
import type { Invocation } from '../command.ts'
import { secondsOf } from './seconds-of.ts'

/** `2h` is two hours ago; anything else is for the server to judge. @returns ISO 8601. */
export function timeOf(invocation: Invocation, flag: string): string | undefined {
  const text = invocation.text(flag)
  return text !== undefined && /^\d+[a-z]$/.test(text) ? new Date(Date.now() - secondsOf(text, flag) * 1000).toISOString() : text
}
