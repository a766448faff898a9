/** The port of leaks: an inbox of reports, the leaks that are known, and the deliveries that were taken. */
import type { Leak, LeakDelivery, LeakNotice, LeakReport, LeaksStore, LeakTarget, NewLeakReport } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { present } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { queueAlert } from '../key-use/write-alert.ts'

/** Rows of one insert: far below what either engine binds at once. */
const ROWS_A_STATEMENT = 250

export function leaksStore({ dialect, read, act }: Engine): LeaksStore {
  const { db } = dialect
  return {
    acceptReports: (reports, delivery) => act(() => acceptReports(dialect, reports, delivery)),
    recordLeak: (report, leak, journal, notice) => act(() => recordLeak(dialect, report, leak, journal, notice)),
    endClientSecret: (clientId, digest, journal) => act(() => endClientSecret(dialect, clientId, digest, journal)),
    settleLeak: (digest, now) => act(() => only(db.updateTable('leaks').set({ acted_at: now }).where('digest', '=', digest).compile())),
    dropReports: (seqs) => act(() => only(db.deleteFrom('leak_reports').where('seq', 'in', seqs).compile())),
    forgetDeliveries: (now) => act(() => only(db.deleteFrom('leak_deliveries').where('until', '<', now).compile())),
    listReports: async (limit) => (await read(db.selectFrom('leak_reports').selectAll().orderBy('seq').limit(limit).compile())).map(reportOf),
    async listDueLeaks(now, limit) {
      const due = db.selectFrom('leaks').selectAll().where('acted_at', 'is', null).where('due_at', '<=', now)
      return (await read(due.orderBy('due_at').limit(limit).compile())).map(leakOf)
    },
    async findClientSecret(digest) {
      const [row] = await read(
        db
          .selectFrom('client_secrets')
          .innerJoin('clients', 'clients.id', 'client_secrets.client_id')
          .select(['clients.id as id', 'clients.environment as environment', 'clients.account_id as accountId', 'clients.disabled_at as disabledAt'])
          .where('client_secrets.digest', '=', digest)
          .compile(),
      )
      return row && clientTarget(row)
    },
    async findLoginSession(digest, now) {
      const [row] = await read(
        db
          .selectFrom('login_sessions')
          .innerJoin('users', 'users.id', 'login_sessions.user_id')
          .select(['login_sessions.id as id', 'users.id as userId', 'users.account_id as accountId', 'login_sessions.expires_at as expiresAt'])
          .where('login_sessions.digest', '=', digest)
          .where('login_sessions.ended_at', 'is', null)
          .compile(),
      )
      if (row === undefined) return undefined
      const { id, userId, accountId, expiresAt } = row
      return { kind: 'login_session', id, environment: 'live', isAlive: now < expiresAt, userId, accountId, sessionId: id }
    },
  }
}

type Statement = Parameters<typeof rowOf>[0]

function* only(statement: Statement): Act<void> {
  yield statement
}

function* acceptReports({ db }: Dialect, reports: readonly NewLeakReport[], delivery: LeakDelivery | undefined): Act<boolean> {
  if (delivery !== undefined) {
    const { id, until } = delivery
    const taken = yield* rowOf(
      db
        .insertInto('leak_deliveries')
        .values({ id, until })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .compile(),
    )
    if (taken === undefined) return false
  }
  for (let at = 0; at < reports.length; at += ROWS_A_STATEMENT) {
    yield db
      .insertInto('leak_reports')
      .values(reports.slice(at, at + ROWS_A_STATEMENT).map(reportValues))
      .compile()
  }
  return true
}

/** The report goes with the act that heeds it, so that two nodes never both heed it, and a kill loses neither report nor leak. */
function* recordLeak(dialect: Dialect, report: LeakReport, leak: Leak, journal: Journal, notice?: LeakNotice): Act<boolean> {
  const { db } = dialect
  const taken = yield* rowOf(db.deleteFrom('leak_reports').where('seq', '=', report.seq).returning('seq').compile())
  if (taken === undefined) return false
  const isNew = yield* rowOf(
    db
      .insertInto('leaks')
      .values({
        digest: leak.digest,
        kind: leak.kind,
        credential_id: leak.credentialId,
        environment: leak.environment,
        action: leak.action,
        reported_at: leak.reportedAt,
        due_at: leak.dueAt ?? null,
        acted_at: null,
      })
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .returning('digest')
      .compile(),
  )
  if (isNew === undefined) return false
  if (notice !== undefined) yield* queueAlert(dialect, notice.alert, notice.channels)
  yield* writeJournal(dialect, journal)
  return true
}

function* endClientSecret(dialect: Dialect, clientId: string, digest: string, journal: Journal): Act<boolean> {
  const { db } = dialect
  const gone = yield* rowOf(db.deleteFrom('client_secrets').where('client_id', '=', clientId).where('digest', '=', digest).returning('digest').compile())
  if (gone === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

function reportValues(report: NewLeakReport) {
  return {
    digest: report.digest,
    kind: report.kind,
    fingerprint: report.fingerprint,
    channel: report.channel,
    url: report.url ?? null,
    source: report.source ?? null,
    address: report.address ?? null,
    reported_at: report.reportedAt,
  }
}

interface ReportRow extends ReturnType<typeof reportValues> {
  readonly seq: number
}

function reportOf({ seq, digest, kind, fingerprint, channel, reported_at: reportedAt, url, source, address }: ReportRow): LeakReport {
  return { seq, digest, kind, fingerprint, channel, reportedAt, ...present({ url, source, address }) }
}

interface LeakRow {
  readonly digest: string
  readonly kind: Leak['kind']
  readonly credential_id: string
  readonly environment: Leak['environment']
  readonly action: Leak['action']
  readonly reported_at: number
  readonly due_at: number | null
}

function leakOf(row: LeakRow): Leak {
  const { digest, kind, environment, action } = row
  return { digest, kind, credentialId: row.credential_id, environment, action, reportedAt: row.reported_at, ...present({ dueAt: row.due_at }) }
}

interface ClientRow {
  readonly id: string
  readonly environment: Leak['environment']
  readonly accountId: string | null
  readonly disabledAt: number | null
}

function clientTarget({ id, environment, accountId, disabledAt }: ClientRow): LeakTarget {
  return { kind: 'client_secret', id, clientId: id, environment, isAlive: disabledAt === null, ...present({ accountId }) }
}
