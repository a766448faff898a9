/** Telling the database's troubles apart: those that pass if tried again at once, those in which it cannot be asked, and mistakes of ours. */
import { Refusal } from '@latchwork/kernel'
import pg from 'pg'
import { unavailable } from '../engine.ts'

/** Serialization failure and deadlock: nothing was done, and doing it again can succeed. */
const PASSING = new Set(['40001', '40P01'])

/**
 * SQLSTATE classes and codes that mean "not now": connection exceptions (08), authorization (28), resources (53), operator intervention and cancelled
 * statements (57), the system beneath (58), no such database (3D), waiting for a lock (55P03), a standby that takes no writes (25006),
 * a transaction or session cut for standing idle (25P03, 25P04, 57P05), and 0A000: a standby that is asked for a transaction that writes, or a statement that was prepared
 * before a newer node changed its tables.
 */
const OUTER = /^(?:08|28|53|57|58|3D|55P03|25006|25P0[34]|0A000)/
/** Text that the server's encoding cannot hold. */
const UNTRANSLATABLE = new Set(['22021', '22P05'])

export function isPassing(error: unknown): boolean {
  return error instanceof pg.DatabaseError && PASSING.has(error.code ?? '')
}

/** A statement was prepared for tables as they were before a migration: on a connection that has not prepared it yet, it succeeds. */
export function isOutdated(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000'
}

/** The connection can be used again: it was not asked, or the server answered and means to go on. */
export function keepsConnection(error: unknown): boolean {
  if (error instanceof Refusal) return true
  return error instanceof pg.DatabaseError && !/^(?:08|57P|58|XX|0A000)/.test(error.code ?? 'XX')
}

/** The error as callers may see it. Whatever has no SQLSTATE came from the connection or the pool. */
export function translated(error: unknown, detail?: string): unknown {
  if (error instanceof Refusal) return error
  if (!(error instanceof pg.DatabaseError)) return unavailable(error, detail)
  const code = error.code ?? ''
  if (UNTRANSLATABLE.has(code)) return new Refusal('request_malformed', { detail: 'The text holds characters that cannot be stored.', cause: error })
  return OUTER.test(code) || PASSING.has(code) ? unavailable(error, detail) : error
}
