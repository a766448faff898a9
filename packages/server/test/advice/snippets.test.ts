/** Every piece of code an advice prints, run as it is printed, against a real server and with real credentials. */

import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Advice, type Answers, advise, nextQuestion } from '@latchwork/advice'
import { digestOf } from '@latchwork/kernel'
import { freePort } from '@latchwork/store/test-ports'
import { make } from '../keys/calls.ts'
import { basic } from '../kit/authorize.ts'
import { signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { API, type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')
const SIGNED_API = 'https://signed.example.test'
const SCOPES = [{ name: 'notes:read', description: 'Read your notes' }]

function everyAdvice(answers: Answers = {}): readonly Advice[] {
  const question = nextQuestion(answers)
  const advice = advise(answers)
  if (advice !== undefined) return [advice]
  return question?.options.flatMap(({ id }) => everyAdvice({ ...answers, [question.id]: id })) ?? []
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** Each text once, with an advice that prints it. */
function textsIn(language: 'node' | 'python' | 'curl'): ReadonlyMap<string, Advice> {
  return new Map(everyAdvice().map((advice) => [advice.code[language], advice]))
}

interface Presented {
  readonly api: string
  readonly credential: string
}

/** What a caller of the advised kind presents. */
async function credentialFor(latchwork: Latchwork, { id, families }: Advice): Promise<Presented> {
  if (families[0] === 'api-key' || id === 'connected-key') {
    const { secret } = await make(latchwork, 'acc_test', { kind: 'rk', scopes: ['notes:read'] })
    return { api: API, credential: secret }
  }
  if (families[0] === 'session') return { api: API, credential: (await signInDevice(latchwork)).accessToken }
  const api = id.startsWith('client-credentials-signed') ? SIGNED_API : API
  const fields = { grant_type: 'client_credentials', scope: 'notes:read', resource: api }
  const { status, body } = await latchwork.form('/token', fields, basic('machine', testSecret))
  assert.equal(status, 200, JSON.stringify(body))
  return { api, credential: body.access_token }
}

const candidates = [process.env['LATCHWORK_TEST_PYTHON'], 'python3'].filter((name) => name !== undefined)
const python = candidates.find((name) => spawnSync(name, ['-c', 'import cryptography, httpx, jwt']).status === 0)

describe('the code of the advice', () => {
  const latchworkOf = shared((t) =>
    startLatchwork(t, {
      config: {
        apis: [
          { identifier: API, name: 'Notes', firstParty: true, scopes: SCOPES },
          { identifier: SIGNED_API, name: 'Signed notes', scopes: SCOPES, tokenFormat: 'jwt' },
        ],
        clients: [{ ...testClients.machine, scopes: ['notes:read'], audiences: [API, SIGNED_API], secretDigests: [digestOf(testSecret)] }],
      },
    }),
  )
  const environment = ({ api, credential }: Presented, more: Readonly<Record<string, string>> = {}) => {
    const { issuer, rootKey } = latchworkOf()
    return { PATH: process.env['PATH'] ?? '', LATCHWORK_URL: issuer, LATCHWORK_ROOT_KEY: rootKey, API: api, CREDENTIAL: credential, ...more }
  }

  for (const [text, advice] of textsIn('node'))
    it(`A1: Node.js ${hashOf(text)} runs as printed and lets in who may: key, session, opaque and signed token`, async (t) => {
      for (const one of new Map(
        everyAdvice().map((each) => [each.id.startsWith('client-credentials-signed') ? 'signed' : each.families.join(), each]),
      ).values()) {
        const presented = await credentialFor(latchworkOf(), one)
        const { url } = await runNode(t, text, environment(presented))
        const call = (credential: string) => fetch(url, { headers: { authorization: `Bearer ${credential}` } })
        const answer = await call(presented.credential)
        assert.equal(answer.status, 200, `${one.id}: ${await answer.clone().text()}`)
        assert.equal(typeof ((await answer.json()) as { readonly subject: string }).subject, 'string')
        assert.equal((await call(`${presented.credential}x`)).status, 401, advice.id)
      }
    })

  for (const [text, advice] of textsIn('python'))
    it(`A1: Python ${hashOf(text)} (${advice.id}) runs as printed, and ends with an error for what is none`, {
      skip: python === undefined && 'no Python with httpx, PyJWT and cryptography: name one in LATCHWORK_TEST_PYTHON',
    }, async (t) => {
      const presented = await credentialFor(latchworkOf(), advice)
      const file = join(folder(t), 'check.py')
      writeFileSync(file, text)
      const good = await run(python ?? '', [file], environment(presented))
      assert.equal(good.code, 0, good.err)
      assert.match(good.out, /^\S+/)
      const bad = await run(python ?? '', [file], environment({ ...presented, credential: `${presented.credential.slice(0, -4)}AAAA` }))
      assert.notEqual(bad.code, 0, bad.out)
      assert.ok(!(bad.out + bad.err).includes(latchworkOf().rootKey))
    })

  for (const [text, advice] of textsIn('curl'))
    it(`A1: curl ${hashOf(text)} (${advice.id}) runs as printed`, async (t) => {
      const presented = await credentialFor(latchworkOf(), advice)
      const { url } = await runNode(t, advice.code.node, environment(presented))
      const call = text.slice(0, text.indexOf('<<END'))
      assert.ok(!call.includes('KEY') && !call.includes('CREDENTIAL'), 'what is secret is no argument')
      const { code, out, err } = await run('sh', ['-c', text], environment(presented, { NOTES_URL: url }))
      assert.equal(code, 0, err + out)
      assert.match(out, /"valid":true|"active":true|"subject":/)
    })
})

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'latchwork-advice-'))
  t.after(() => rmSync(path, { recursive: true }))
  symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'))
  return path
}

function run(
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((done) => {
    execFile(command, words, { env, timeout: 60_000 }, (error, out, err) => done({ code: error === null ? 0 : Number(error.code ?? 1), out, err }))
  })
}

/** The API of the advice, until it answers. */
async function runNode(t: TestContext, text: string, env: NodeJS.ProcessEnv): Promise<{ readonly url: string }> {
  const file = join(folder(t), 'api.mjs')
  writeFileSync(file, text)
  const port = await freePort()
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.after(() => child.kill())
  const url = `http://localhost:${port}/notes`
  await until(async () => {
    assert.equal(child.exitCode, null, 'the API ended')
    return fetch(url).then(
      ({ status }) => status === 401,
      () => false,
    )
  }, 'the API answers')
  return { url }
}
