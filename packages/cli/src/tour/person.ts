/** The person of the tour. */
import { randomBytes } from 'node:crypto'

export interface Person {
  readonly email: string
  readonly password: string
  readonly name: string
}

export function newPerson(): Person {
  return { email: 'ada@example.com', password: randomBytes(18).toString('base64url'), name: 'Ada' }
}
