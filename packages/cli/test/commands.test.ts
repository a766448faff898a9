import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkPassword } from '@latchwork/accounts'
import { digestOf, mintKey, mintToken, parseToken } from '@latchwork/kernel'
import { flagHelp } from '@latchwork/server/config'
import { commands } from '../src/commands.ts'
import { folder, latchwork, latchworkProcess } from './latchwork.ts'

const PLAIN = /\p{Cc}/u

describe('help', () => {
  it('E7: of every command has an example, its flags, and fits 80 columns', async () => {
    const all = await Promise.all(commands.map(async (command) => ({ command, ...(await latchwork([...command.name.split(' '), '--help'])) })))
    for (const { command, code, out } of all) {
      assert.equal(code, 0)
      assert.match(out, /^Examples?\n {2}\S.*latchwork |^Examples?\n {2}latchwork /m, command.name)
      assert.ok(out.includes(`latchwork ${command.name}`), command.name)
      for (const flag of [...command.flags.map(({ name }) => name), 'json', 'help']) assert.match(out, new RegExp(`--(\\[no-\\])?${flag}\\b`))
      for (const line of out.split('\n')) assert.ok(line.length <= 80 && !PLAIN.test(line), `${command.name}: ${line}`)
    }
  })

  it('E7: of all fits one screen, and leads to every command, by its name or by its group', async () => {
    const { code, out } = await latchworkProcess([])
    assert.equal(code, 0)
    const lines = out.split('\n')
    assert.ok(lines.length <= 60, String(lines.length))
    for (const line of lines) assert.ok(line.length <= 80 && !PLAIN.test(line), line)
    for (const { name } of commands)
      assert.ok(
        lines.some((line) => line.startsWith(`  ${name} `) || line.startsWith(`  ${name.split(' ')[0]} … `)),
        name,
      )
  })

  it('E7: of a group goes to standard output, by whichever words it is asked for', async () => {
    const verbs = ['keys create', 'keys revoke', 'keys rotation set']
    for (const words of [
      ['keys', '--help'],
      ['keys', '-h'],
      ['help', 'keys'],
      ['--help', 'keys'],
    ]) {
      const { code, out, err } = await latchwork(words)
      assert.deepEqual([code, err], [0, ''], words.join(' '))
      assert.match(out, /latchwork keys COMMAND/)
      for (const verb of verbs) assert.ok(out.includes(verb), verb)
      for (const line of out.split('\n')) assert.ok(line.length <= 80 && !PLAIN.test(line), line)
    }
    const inner = await latchwork(['help', 'keys', 'rotation'])
    assert.deepEqual([inner.code, inner.err, /keys create/.test(inner.out)], [0, '', false])
    assert.match(inner.out, /latchwork keys rotation COMMAND/)
    assert.deepEqual([(await latchwork(['keys', 'rotation'])).code, (await latchwork(['keys', 'nothing', '--help'])).code], [2, 2])
  })

  it('E7: an id that begins with a dash is an id, as an operand and behind a flag', async () => {
    const kid = '-Ab3_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-Q'
    const { err } = await latchwork(['signing', 'revoke', kid, '--reason', 'leaked', '--server', 'http://localhost:1'], {
      env: { LATCHWORK_ROOT_KEY: mintToken('root_key').reveal() },
    })
    assert.match(err, /cannot be reached/)
    const flagged = await latchwork(['events', 'list', '--type', kid, '--server', 'http://localhost:1'], {
      env: { LATCHWORK_ROOT_KEY: mintToken('root_key').reveal() },
    })
    assert.match(flagged.err, /cannot be reached/)
    assert.match((await latchwork(['signing', 'revoke', '-abc'])).err, /There is no flag -a/)
    assert.match((await latchwork(['signing', 'revoke', `-${kid}`])).err, /There is no flag/)
  })

  it('E7: names every flag of the table of options', async () => {
    for (const { name, summary } of commands) assert.ok(summary.endsWith('.'), name)
    const start = await latchwork(['help', 'start'])
    for (const { flag } of flagHelp()) assert.ok(start.out.includes(flag), flag)
  })

  it('E7: tells its version', async () => {
    assert.match((await latchwork(['--version'])).out, /^latchwork \d+\.\d+\.\d+\n$/)
    assert.match((JSON.parse((await latchwork(['version', '--json'])).out) as { version: string }).version, /^\d/)
  })
})

describe('wrong usage', () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['strat'], /no command "strat"[\s\S]*Did you mean start\?/],
    [['keys', 'craete'], /no command "keys craete"[\s\S]*Did you mean create\?/],
    [['frobnicate'], /Known here: start, /],
    [['keys'], /keys create .*keys revoke /s],
    [['start', '--prot', '1'], /no flag --prot[\s\S]*Did you mean --port\?/],
    [['start', '--port'], /--port needs a value/],
    [['start', '--port', '--demo'], /--port needs a value/],
    [['start', '--port', '1', '--port', '2'], /more than once/],
    [['start', '--demo=yes'], /--demo takes no value/],
    [['start', '-p', '1'], /no flag -p/],
    [['start', 'now'], /"now" is not understood/],
    [['keys', 'revoke'], /ID is missing/],
    [['keys', 'create', '--account', 'a'], /--name is missing/],
    [['keys', 'list'], /root key is needed[\s\S]*--root-key-file/],
    [['keys', 'list', '--server', 'http://auth.example.com'], /in clear/],
    [['keys', 'list', '--server', 'localhost:8420'], /not an address[\s\S]*http:\/\/localhost:8420/],
    [['keys', 'list', '--kind', 'secret'], /--kind "secret" is unknown[\s\S]*Known here: sk, rk, pk, pat\./],
    [['keys', 'list', '--environment', 'lvie'], /--environment "lvie" is unknown[\s\S]*Did you mean live\?/],
    [['users', 'hash-password'], /no password/],
  ]
  for (const [words, said] of wrong) {
    it(`E7: latchwork ${words.join(' ')}: exit code 2, and what was meant`, async () => {
      const { code, out, err } = await (words === wrong[0]?.[0] ? latchworkProcess : latchwork)(words)
      assert.equal(code, 2)
      assert.equal(out, '')
      assert.match(err, said)
      assert.doesNotMatch(err, /\n\s+at /)
    })
  }

  it('E7: refuses a secret among the arguments, wherever it stands, and does not repeat it', async () => {
    const [root, key] = [mintToken('root_key').reveal(), mintKey('sk', 'live', 'lw').reveal()]
    const tries = [
      ['keys', 'list', '--root-key', root],
      ['keys', 'list', `--root-key=${root}`],
      ['keys', 'revoke', key],
      ['start', '--host', `x${root}`],
      [root],
      ['help', key],
      ['tour', root],
      ['keys', 'list', '--root-key', 'hunter2'],
    ]
    for (const [index, words] of tries.entries()) {
      const { code, out, err } = await (index === 0 ? latchworkProcess : latchwork)([...words, '--json'])
      assert.equal(code, 2, words.join(' '))
      assert.equal(out, '')
      const { error } = JSON.parse(err) as { error: { message: string; mend: string } }
      assert.match(error.message, /rguments? /)
      assert.ok(error.mend.length > 10)
      for (const secret of [root.slice(8, -6), key.slice(11, -6), 'hunter2']) assert.ok(!err.includes(secret))
    }
    for (const flag of ['--database-url', '--secret-key', '--password', '--client-secret']) {
      const { code, err } = await latchwork(['start', flag, 'MARKED'])
      assert.equal(code, 2)
      assert.match(err, /is not taken/)
      assert.doesNotMatch(err, /MARKED/)
    }
  })
})

describe('generate', () => {
  it('C3: makes a root key with its digest, shown or written for its owner alone', async (t) => {
    const shown = JSON.parse((await latchwork(['generate', 'root-key', '--json'])).out) as { secret: string; digest: string }
    assert.ok(parseToken('root_key', shown.secret))
    assert.equal(shown.digest, digestOf(shown.secret))
    const cwd = folder(t)
    const written = await latchworkProcess(['generate', 'root-key', '--out', 'root.key'], { cwd })
    const secret = readFileSync(join(cwd, 'root.key'), 'utf8').trimEnd()
    assert.equal(written.out.trim(), digestOf(secret))
    assert.ok(!`${written.out}${written.err}`.includes(secret))
    assert.equal(statSync(join(cwd, 'root.key')).mode & 0o777, 0o600)
    const again = await latchwork(['generate', 'root-key', '--out', 'root.key'], { cwd })
    assert.equal(again.code, 1)
    assert.match(again.err, /is there already/)
    assert.equal(readFileSync(join(cwd, 'root.key'), 'utf8').trimEnd(), secret)
  })

  it('C3: makes a secret key and a client secret that the configuration takes', async (t) => {
    const cwd = folder(t)
    const key = (await latchwork(['generate', 'secret-key'])).out.trim()
    const client = JSON.parse((await latchwork(['generate', 'client-secret', '--json'])).out) as { digest: string }
    const declared = { id: 'a', name: 'A', redirectUris: ['https://a.example/cb'], secretDigests: [client.digest] }
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ secretKey: { env: 'K' }, clients: [declared] }))
    assert.equal((await latchwork(['config', 'check', '--config', 'c.json'], { cwd, env: { K: key } })).code, 0)
  })
})

describe('users hash-password', () => {
  it('J1: hashes what comes by standard input or from a file, and refuses what is weak', async (t) => {
    const cwd = folder(t)
    writeFileSync(join(cwd, 'password'), 'correct horse battery\n')
    const runs = [
      await latchworkProcess(['users', 'hash-password'], { stdin: 'correct horse battery\n' }),
      await latchwork(['users', 'hash-password', '--password-file', 'password'], { cwd }),
    ]
    for (const { code, out } of runs) {
      assert.equal(code, 0)
      assert.ok(await checkPassword(out.trim(), 'correct horse battery'))
    }
    const weak = await latchwork(['users', 'hash-password'], { stdin: 'hunter2' })
    assert.equal(weak.code, 1)
    assert.match(weak.err, /Password too weak/)
    assert.doesNotMatch(weak.err, /hunter2/)
  })
})

describe('config', () => {
  it('E7: check says what will be used, or everything that is wrong', async (t) => {
    const cwd = folder(t)
    writeFileSync(join(cwd, 'latchwork.config.ts'), "export default { issuer: 'https://auth.example.com', signUp: { open: true } }")
    const good = JSON.parse((await latchworkProcess(['config', 'check', '--json'], { cwd })).out) as { ok: boolean; mode: string; warnings: string[] }
    assert.deepEqual([good.ok, good.mode, good.warnings.length], [true, 'production', 2])
    const dyed = await latchwork(['config', 'check'], { cwd, env: { LATCHWORK_SITE_ACCENT: '#a3195b' } })
    assert.match(dyed.out, /\n {2}accent {4}#a3195b, in dark mode #[0-9a-f]{6}\n/)
    const pale = await latchwork(['config', 'check'], { cwd, env: { LATCHWORK_SITE_ACCENT: '#ffcc00' } })
    assert.equal(pale.code, 1)
    assert.match(pale.err, /LATCHWORK_SITE_ACCENT: #ffcc00 stands out too little in light mode: links 1\.35:1[\s\S]*Give #[0-9a-f]{6}, the nearest/)
    const bad = await latchwork(['config', 'check', '--port', '0', '--demo'], { cwd })
    assert.equal(bad.code, 1)
    assert.match(bad.err, /--port: 0 is not between/)
    const both = JSON.parse((await latchwork(['config', 'check', '--json', '--mode', 'development', '--host', '0.0.0.0'], { cwd })).err) as {
      error: { problems: { option: string }[] }
    }
    assert.deepEqual(
      both.error.problems.map(({ option }) => option),
      ['--mode'],
    )
  })

  it('E7: reference is the page of every option', async () => {
    const { out } = await latchwork(['config', 'reference'])
    assert.match(out, /^# Configuration\n[\s\S]*## `sessions\.accessTokenLifetimeSeconds`/)
  })
})
