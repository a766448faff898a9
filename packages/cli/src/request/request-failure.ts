/** How `latchwork request` ends without an answer of the API: 1 would mean that the API refused. */
import { ClientFailure } from '@latchwork/client'
import { Failure } from '../failure.ts'
import { printable } from '../printable.ts'

export class RequestFailure extends Failure {
  override readonly exitCode = 2
}

/** Runs `act`, and tells what the client cannot do as this command does. A server that refuses a login is a refusal: 1. */
export async function tellingFailures<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof ClientFailure)) throw error
    const Kind = error.code === 'login_refused' || error.code === 'sign_in_again' ? Failure : RequestFailure
    throw new Kind(printable(error.message), printable(error.mend), { code: error.code }) // both may hold a server's words
  }
}
