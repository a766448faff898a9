/** What a server weighs that nobody asks anything. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folder, freePort, start } from './latchwork.ts'

/** Writes down at the end what was loaded: addresses of modules, and parts of Node itself. */
const TOLD = `
  import { registerHooks } from 'node:module'
  import { writeFileSync } from 'node:fs'
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  process.on('exit', () => writeFileSync(process.env.TOLD, [...loaded, ...process.moduleLoadList].join('\\n')))
`

/** Each is heavy, and needed by few: by who sends mail, keeps PostgreSQL, takes signed assertions, reads the description of the API, or calls \`fetch\`. */
const NOT_NEEDED = [
  '/node_modules/nodemailer/',
  '/node_modules/pg/',
  '/node_modules/jose/',
  '/node_modules/@fastify/swagger/',
  '/node_modules/yaml/',
  'internal/deps/undici',
]
/** Of the validator, the part that validates. */
const BUILDERS = '/node_modules/typebox/build/type/'

const MOST_RESIDENT_MB = 150

describe('a server that nobody asks', () => {
  it('E5: has loaded nothing that its configuration does not ask for', async (t) => {
    const cwd = folder(t)
    const told = join(cwd, 'loaded')
    const env = { TOLD: told, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(TOLD)}` }
    const server = await start(t, ['--no-demo', '--port', String(await freePort()), '--json'], { cwd, env })
    assert.equal(await server.end(), 0)
    const loaded = readFileSync(told, 'utf8').split('\n')
    assert.ok(loaded.some((address) => address.includes('/node_modules/fastify/')))
    for (const part of [...NOT_NEEDED, BUILDERS]) assert.deepEqual(loaded.filter((address) => address.includes(part)).slice(0, 3), [], part)
  })

  it(`E5: keeps less than ${MOST_RESIDENT_MB} MB in memory`, { skip: process.platform !== 'linux' && 'only Linux says it in /proc' }, async (t) => {
    const server = await start(t, ['--no-demo', '--port', String(await freePort()), '--json'], { cwd: folder(t) })
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8')) ?? []
    assert.ok(Number(kilobytes) / 1024 < MOST_RESIDENT_MB, `${kilobytes} kB`)
  })
})
