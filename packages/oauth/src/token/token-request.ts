/** What every grant type is asked with. */
import type { Origin } from '@latchwork/kernel'
import type { Parameters } from '../parameters.ts'

export interface TokenRequest {
  readonly parameters: Parameters
  readonly origin: Origin
  readonly now: number
}
