/**
 * `npm run bench`: what Latchwork costs, beside what others cost and what the machine can do at all. Loopback only; every run is bounded in time.
 * Exit code 0 when everything was measured, whether or not the targets were met: read the table, or the file written with `--json`.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '16' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(`Usage: npm run bench -- [options]

  --only NAME         one contest, or all whose names begin with NAME; may be repeated
  --rounds N          rounds, interleaved (5)
  --seconds N         seconds of load per contestant and round (2)
  --connections N     connections kept busy (16)
  --json FILE         write the rows to FILE

Example: npm run bench -- --only key-verify --rounds 3 --json rows.json`)
  process.exit(0)
}

if (!existsSync(join(import.meta.dirname, '../node_modules/fastify'))) {
  console.error('The peers are not installed. Install them once, then run this again:\n\n  npm --prefix bench ci\n')
  process.exit(1)
}

const { runBench } = await import('./run.ts')
const rows = await runBench({
  only: values.only ?? [],
  rounds: positive('rounds', values.rounds),
  seconds: positive('seconds', values.seconds),
  connections: positive('connections', values.connections),
})
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)

function positive(option: string, text: string): number {
  const value = Number(text)
  if (value > 0 && value <= 1000) return value
  console.error(`--${option} takes a number from 1 to 1000, not "${text}".`)
  process.exit(2)
}
