import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Store } from '../src/index.ts'
import { createDatabase, engineNames, type TestDatabase } from './engines.ts'
import { scenarioNames, scenarioOf } from './scenarios.ts'
import { until } from './until.ts'

/** Hundreds of processes with the same five hundred modules: they are made one file, and share what was compiled of it. */
const COMPILED = mkdtempSync(join(tmpdir(), 'latchwork-compiled-'))
const CHILD = join(COMPILED, 'act-and-die.mjs')
before(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('act-and-die.ts', import.meta.url))],
    outfile: CHILD,
    bundle: true,
    minify: true, // half of what a start takes is reading it
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
    logLevel: 'error',
  })
})
after(() => rmSync(COMPILED, { recursive: true, force: true }))

/** How much of everything there is: any write of any act changes it. */
const STATE = `select
  (select count(*) from events) as events, (select count(*) from revocations) as revocations, (select removed_up_to from feed_floor) as floor,
  (select count(*) from event_seals) as seals, (select count(*) from event_breaks) as breaks, (select removed from event_floor) as removed_events,
  (select count(*) from login_sessions) as sessions, (select count(*) from consents) as consents,
  (select count(*) from grants) as grants, (select count(ended_at) from grants) as grants_ended,
  (select count(*) from codes) as codes, (select count(consumed_at) from codes) as codes_consumed,
  (select count(*) from refresh_tokens) as refreshes, (select count(consumed_at) from refresh_tokens) as refreshes_consumed,
  (select count(*) from access_tokens) as tokens,
  (select count(*) from ended_tokens) as ended_tokens, (select count(used_at) from clients) as clients_used,
  (select count(decision) from device_codes) as decided, (select count(consumed_at) from device_codes) as devices_consumed,
  (select count(ended_at) from login_sessions) as sessions_ended, (select count(ended_at) from consents) as consents_ended,
  (select count(*) from logout_deliveries) as logouts,
  (select count(*) from clients) as clients, (select count(*) from client_secrets) as secrets, (select count(expires_at) from client_secrets) as secrets_ending,
  (select coalesce(sum(uses_left), 0) from initial_tokens) as uses, (select count(*) from clients where name = 'Changed') as clients_changed,
  (select count(*) from signing_keys) as signing, (select count(*) from signing_keys where state = 'next') as signing_next,
  (select count(*) from signing_keys where state = 'current') as signing_current, (select count(*) from signing_keys where state = 'revoked') as signing_revoked,
  (select count(*) from signing_keys where sealed_private_key = '') as signing_erased,
  (select count(*) from api_keys) as keys, (select count(slot) from api_keys) as places, (select sum(is_primary) from api_keys) as primaries,
  (select count(seed) from key_rotations) as seeds, (select count(*) from rotation_attempts) as attempts`

/** Those of the dead hold their locks until the database has seen that nobody is there. */
const TRANSACTIONS = 'select 1 from pg_stat_activity where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()'

interface Answer {
  readonly done: boolean
  readonly reached: number
}

for (const engine of engineNames) {
  describe(`R2: a node killed in the middle of an act (${engine})`, { concurrency: 2 }, () => {
    for (const name of scenarioNames) {
      describe(name, () => {
        let database: TestDatabase
        let other: Store | undefined
        before(async () => {
          database = await createDatabase(engine)
        })
        after(() => database?.drop())

        /** A node beside the dying one on PostgreSQL, that of this process; a file has one at a time, so there each is a start anew. */
        async function onNode<T>(work: (node: Store) => Promise<T>): Promise<T> {
          const node = other ?? (await database.open())
          if (engine === 'postgres') other = node
          try {
            return await work(node)
          } finally {
            if (other === undefined) await node.close()
          }
        }

        async function state(): Promise<readonly number[]> {
          const [row] = await database.query(STATE)
          return Object.values(row ?? {}).map(Number)
        }

        /** Does the act in a process of its own; the answer if it lived to give one, and then it is killed too. */
        async function actAndDie(
          dieAt: number,
        ): Promise<{ readonly answer: Answer | undefined; readonly prepared: unknown; readonly change: readonly number[] }> {
          const prepared = await onNode((node) => scenarioOf(name).prepare(node))
          const earlier = await state()
          const child = fork(CHILD, [JSON.stringify({ options: database.options, name, prepared, dieAt })], {
            stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
            env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
          })
          let answer: Answer | undefined
          child.once('message', (message) => {
            answer = message as Answer
            child.kill('SIGKILL')
          })
          const [code, signal] = await once(child, 'exit')
          assert.equal(signal, 'SIGKILL', `ended by itself with exit code ${code}`)
          if (engine === 'postgres') await until(async () => (await database.query(TRANSACTIONS)).length === 0, 'the database has noticed')
          const change = (await state()).map((count, index) => count - (earlier[index] ?? 0))
          return { answer, prepared, change }
        }

        it('loses nothing that was answered, leaves nothing half-done, and needs no repair', async (t) => {
          const whole = await actAndDie(0)
          assert.equal(whole.answer?.done, true)
          assert.ok(whole.change.some((count) => count !== 0))
          const last = whole.answer?.reached ?? 0
          const nothing = whole.change.map(() => 0)
          for (let dieAt = 1; dieAt <= last; dieAt++) {
            const { answer, prepared, change } = await actAndDie(dieAt)
            assert.equal(answer, undefined)
            assert.deepEqual(change, dieAt === last ? whole.change : nothing, `killed at ${dieAt} of ${last}`)
            await onNode((node) => finishes(node, prepared, dieAt === last, whole.change))
          }
          t.diagnostic(`${last} places to die`)
        })

        /** The next start, or another node, takes up where the dead one stood: the act can still be done, unless it was. */
        async function finishes(node: Store, prepared: unknown, done: boolean, whole: readonly number[]): Promise<void> {
          const earlier = await state()
          if (!done) {
            assert.equal(await scenarioOf(name).act(node, prepared), true)
            const change = (await state()).map((count, index) => count - (earlier[index] ?? 0))
            return assert.deepEqual(change, whole)
          }
          await scenarioOf(name)
            .act(node, prepared)
            .then(
              (again) => assert.equal(again, false),
              () => {},
            )
          await until(async () => JSON.stringify(await state()) === JSON.stringify(earlier), 'a second time changes nothing')
        }
      })
    }
  })
}
