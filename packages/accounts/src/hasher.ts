/**
 * Hashing within bounds. Each Argon2id run holds 19 MiB and a thread: a flood of sign-ins must cost a bounded amount of both, and must be told early that it
 * is too much (R4).
 */
import { randomBytes } from 'node:crypto'
import { Refusal } from '@latchwork/kernel'
import { checkPassword, hashPassword, passwordParameters } from './password.ts'
import { type Argon2Parameters, writePhc } from './phc-string.ts'

export interface Hasher {
  /** PHC string of the password. @throws Refusal `overloaded`. */
  readonly hash: (password: string) => Promise<string>
  /** Whether the password is the one behind the PHC string; for `undefined` the same work, and false. @throws Refusal `overloaded`. */
  readonly check: (phc: string | undefined, password: string) => Promise<boolean>
}

export interface HasherBounds {
  /** How many run at once. They share the four threads of Node's pool with file and DNS work (`UV_THREADPOOL_SIZE`). */
  readonly concurrency: number
  /** How many may wait. */
  readonly queue: number
}

/** More may wait than the throttle admits at once from one network (`signInLimits`), so that one caller alone cannot fill the queue. */
export const hasherBounds: HasherBounds = { concurrency: 2, queue: 128 }

/** About what one run takes on a small machine; only `Retry-After` is reckoned from it. */
const RUN_MS = 60

/** @param parameters what a run costs who guesses; others than the usual are for tests that are not about that. */
export function createHasher(bounds: HasherBounds = hasherBounds, parameters: Argon2Parameters = passwordParameters): Hasher {
  const takeTurn = createTurns(bounds)
  // Nobody's hash, so that an unknown address costs what a wrong password costs.
  const nobody = writePhc({ ...parameters, salt: randomBytes(16), tag: randomBytes(32) })
  return {
    hash: (password) => takeTurn(() => hashPassword(password, parameters)),
    check: (phc, password) => takeTurn(async () => (await checkPassword(phc ?? nobody, password)) && phc !== undefined),
  }
}

/** Runs at most `concurrency` works at once, first come first served, lets `queue` wait, and refuses the rest before they cost anything. */
function createTurns({ concurrency, queue }: HasherBounds): <T>(work: () => Promise<T>) => Promise<T> {
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && Number.isInteger(queue) && queue >= 0)) {
    throw new RangeError('a hasher needs a concurrency of at least 1 and a queue of at least 0')
  }
  const waiting: (() => void)[] = []
  let running = 0

  function turn(): Promise<void> | undefined {
    if (running < concurrency) {
      running++
      return undefined
    }
    if (waiting.length >= queue)
      throw new Refusal('overloaded', { reason: 'hasher_queue_full', retryAfterSeconds: Math.ceil((queue * RUN_MS) / concurrency / 1000) + 1 })
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push(resolve)
    return promise
  }

  return async (work) => {
    await turn()
    try {
      return await work()
    } finally {
      const next = waiting.shift() // hands its own place on, so that nobody who comes just now jumps the queue
      if (next === undefined) running--
      else next()
    }
  }
}
