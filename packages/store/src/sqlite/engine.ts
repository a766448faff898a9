/**
 * SQLite: one process, one file. One writer takes the acts of a tick in turn and commits them together; readers see only what is committed. Acts are answered when what they
 * wrote is on the disk; the wait for the disk is not the event loop's (`wal-sync.ts`).
 */
import { Refusal } from '@latchwork/kernel'
import { sqliteDialect } from '../dialect.ts'
import { type Engine, type EngineOptions, unavailable } from '../engine.ts'
import { localChannel } from '../local-channel.ts'
import { type Connection, isOuterFailure, openReader, openWriter } from './connection.ts'
import { holdFile } from './hold-file.ts'
import { fileAt, openFile } from './open-file.ts'
import { countWrites } from './stamps.ts'
import { READS_ONLY, type Turn, turnOf } from './turn.ts'
import { walSync } from './wal-sync.ts'

/** So many acts share a commit at most; the rest waits for the next, so that reads come in between. */
const MAX_BATCH = 256
/** So many acts may wait for their turn; more are turned away at once, so that memory and waiting stay bounded (R4). */
const MAX_WAITING = 4096

export interface SqliteOptions extends EngineOptions {
  readonly path: string
  /** No other engine that is to be alone may have the file. @throws DatabaseHeld from `openSqliteEngine`. */
  readonly alone?: boolean
}

export function openSqliteEngine(options: SqliteOptions): Engine {
  const letGo = options.alone === true ? holdFile(options.path) : undefined
  const channel = localChannel(options.onTrouble)
  const sync = walSync(options.path)
  const stamps = countWrites()
  const waiting: Turn[] = []
  let writer: Connection | undefined
  let reader: Connection | undefined
  let scheduled = false
  let opened = 0
  let closed = false
  let seen = 0
  let version: number | undefined
  /** The disk refused what was committed. It may say the next time that all is there, and not have it: the log must be written anew before anything else is promised. */
  let isDoubtful = false
  /** The file that was opened first, and the log of the writer. */
  let ours: string | undefined
  let log: string | undefined

  function drop(connection: Connection | undefined): void {
    try {
      connection?.close()
    } catch (error) {
      options.onTrouble(error)
    }
  }

  /** What is written to a file that is no longer there, or has another in its place, is gone with the process. */
  function checkPlace(): void {
    if (ours !== undefined && fileAt(options.path) !== ours)
      throw Object.assign(new Error('the file was moved away or replaced: put it back, or start the server anew'), { code: 'EMOVED' })
  }

  function open(how: (path: string) => Connection): Connection {
    checkPlace()
    const connection = openFile(options.path, how)
    ours ??= fileAt(options.path)
    return connection
  }

  function openAnew(): Connection {
    sync.forget()
    opened++
    const connection = open(openWriter)
    try {
      if (isDoubtful) connection.beginLogAnew()
    } catch (error) {
      drop(connection)
      throw error
    }
    isDoubtful = false
    writer = connection
    log = fileAt(`${options.path}-wal`)
    return connection
  }

  /** The writer, with a log that a later start will find. One that was removed is still open here: what is in it is taken up into the file, and another is begun. */
  function writerInPlace(): Connection {
    checkPlace()
    const found = fileAt(`${options.path}-wal`)
    log ??= found // a new file has none before the first act
    if (writer !== undefined && found !== log) {
      writer.endView()
      reader?.endView()
      writer.beginLogAnew()
      drop(reader)
      drop(writer)
      writer = reader = undefined
    }
    return writer ?? openAnew()
  }

  /** Asked once in each turn of the event loop, because it takes and gives back a lock on the file: what another process commits meanwhile is seen in the next turn. */
  function foreignVersion(): number {
    if (closed) throw unavailable(new Error('the store is closed'))
    if (version !== undefined) return version
    try {
      version = (writer ?? openAnew()).foreignVersion()
      setImmediate(() => {
        version = undefined
      })
      return version
    } catch (cause) {
      drop(writer)
      writer = undefined
      throw unavailable(cause)
    }
  }

  /**
   * While the disk is at work acts are on it no sooner if they are committed now, and share a commit if they wait: until no more come in a turn of the event loop, so that the next sync
   * need not wait for the commit, or, where a commit is ready for that sync, until the disk is free.
   */
  function shouldWait(): boolean {
    const state = sync.state()
    if (state === 'idle' || waiting.length >= MAX_BATCH || closed) return false
    if (state === 'full') return true
    if (waiting.length === seen) return false
    seen = waiting.length
    schedule()
    return true
  }

  function commitWaiting(): void {
    scheduled = false
    if (shouldWait()) return
    seen = 0
    const batch = waiting.splice(0, MAX_BATCH)
    if (batch.length === 0) return
    goOn()
    try {
      const connection = writerInPlace()
      connection.endView()
      reader?.endView()
      takeAll(connection, batch)
      options.onStatement?.(Math.max(...batch.map((turn) => turn.statements())) + 1)
      connection.execute('commit')
      for (const turn of batch) for (const sql of turn.written()) stamps.note(sql)
      options.onStatement?.(Math.max(...batch.map((turn) => turn.statements())) + 2)
    } catch (cause) {
      drop(writer) // closing rolls back; the next act opens the file anew
      writer = undefined
      const refusal = unavailable(cause)
      for (const turn of batch) turn.reject(refusal)
      return
    }
    sync.whenDurable(
      () => {
        channel.announce(batch.flatMap((turn) => turn.announced()))
        for (const turn of batch) turn.answer()
        goOn()
      },
      (cause) => {
        isDoubtful = true
        drop(writer)
        writer = undefined
        // It is committed, and read by everybody from now on: what it ended must not live on in a memory, and who repeats the call finds nothing left to end.
        channel.announce(batch.flatMap((turn) => turn.announced()))
        for (const turn of batch) turn.reject(unavailable(cause, 'Whether this was done is not known: look before you repeat it.'))
        goOn()
      },
    )
  }

  function goOn(): void {
    if (waiting.length > 0) schedule()
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(commitWaiting)
  }

  return {
    dialect: sqliteDialect,
    read<R>(query: Parameters<Connection['run']>[0]): readonly R[] {
      if (closed) throw unavailable(new Error('the store is closed'))
      // An act runs from its begin to its commit in one go, so between two of them the writer sees what everybody sees. Its pages are warm: those of a reader are void with every commit.
      if (writer !== undefined && !writer.isWriting() && READS_ONLY.test(query.sql)) {
        try {
          return writer.read(query) as readonly R[]
        } catch (error) {
          if (!isOuterFailure(error)) throw error
          drop(writer)
          writer = undefined
          throw unavailable(error)
        }
      }
      try {
        reader ??= open(openReader)
        return reader.read(query) as readonly R[]
      } catch (error) {
        if (!isOuterFailure(error)) throw error
        drop(reader)
        reader = undefined
        throw unavailable(error)
      }
    },
    act(begin) {
      if (closed) return Promise.reject(unavailable(new Error('the store is closed')))
      if (waiting.length >= MAX_WAITING) return Promise.reject(new Refusal('overloaded', { reason: 'too many acts wait for the database' }))
      const { turn, answer } = turnOf(begin, options.onStatement)
      waiting.push(turn)
      schedule()
      return answer
    },
    // Another process that wrote the file shows in the version of the data, which does not move by what this connection writes.
    stampOf: (tables, kind = 'writes') => `${foreignVersion()}.${opened} ${kind === 'writes' ? stamps.of(tables) : stamps.ofChanges(tables)}`,
    channel,
    begin: async () => {},
    async close() {
      closed = true
      while (waiting.length > 0) commitWaiting()
      await sync.close()
      drop(reader)
      drop(writer)
      reader = writer = undefined
      letGo?.()
    },
  }
}

/**
 * All acts in one transaction. In a savepoint, SQLite copies every page that an act touches; most acts do not fail, so all are tried without. Where one fails that has
 * written, all is rolled back and done again with savepoints, so that it fails alone. (An act may run more than once.)
 */
function takeAll(connection: Connection, batch: readonly Turn[]): void {
  connection.execute('begin immediate')
  if (batch.every((turn) => turn.take(connection))) return
  connection.execute('rollback')
  connection.execute('begin immediate')
  for (const turn of batch) turn.takeGuarded(connection)
}
