/** AWS Secrets Manager as somebody else understands it: moto, with its check of signatures and policies on. Where there is none, the peer of `delivery.test.ts` stands alone. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { Secret } from '@latchwork/kernel'
import { type AwsIdentity, signRequest } from '../../src/deliveries/signature-v4.ts'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.ts'
import { make, newAccount } from '../keys/calls.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { freePort, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { folderFor, HOUR, runRotation, setRotation, use } from './rotating.ts'

const moto = process.env['MOTO_SERVER'] ?? 'moto_server'
const isThere = spawnSync(moto, ['--help']).status === 0
const REGION = 'eu-central-1'

interface Moto {
  readonly url: string
  readonly caFile: string
  readonly call: (
    identity: Pick<AwsIdentity, 'accessKeyId' | 'secretAccessKey'>,
    service: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ) => Promise<string>
}

/** The calls that make the user come first and are let through unproven; all after them are checked. */
const SETTING_UP = 3

async function startMoto(t: TestContext): Promise<Moto> {
  const folder = folderFor(t)
  const { cert, key } = selfSigned()
  const [caFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(caFile, cert)
  writeFileSync(keyFile, key)
  const port = await freePort()
  const env = { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: String(SETTING_UP) }
  const child = spawn(moto, ['-H', 'localhost', '-p', String(port), '-s', '-c', caFile, '-k', keyFile], { env, stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const url = `https://localhost:${port}`
  const fetch = createGuardedFetch({ allow: [`localhost:${port}`], onlyCa: cert })
  await until(
    async () => (await fetch(`${url}/moto-api/`, { method: 'GET', maxBytes: 1024 * 1024 }).catch(() => undefined)) !== undefined,
    'moto answers',
    60_000,
  )
  return {
    url,
    caFile,
    async call(identity, service, headers, body) {
      const signed = signRequest({ method: 'POST', url: new URL(`${url}/`), headers, body }, { ...identity, service, region: REGION }, Date.now())
      const answer = await fetch(`${url}/`, { method: 'POST', headers: signed, body })
      assert.equal(answer.status, 200, answer.body.toString())
      return answer.body.toString()
    },
  }
}

async function newUser({ call }: Moto): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: Secret }> {
  const anybody = { accessKeyId: 'AKIANYBODY', secretAccessKey: new Secret('none') }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }] }
  const iam = (fields: Readonly<Record<string, string>>) => call(anybody, 'iam', form, new URLSearchParams({ Version: '2010-05-08', ...fields }).toString())
  await iam({ Action: 'CreateUser', UserName: 'latchwork' })
  const made = await iam({ Action: 'CreateAccessKey', UserName: 'latchwork' })
  await iam({ Action: 'PutUserPolicy', UserName: 'latchwork', PolicyName: 'deliver', PolicyDocument: JSON.stringify(policy) })
  const of = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(made)?.[1] ?? assert.fail(made)
  return { accessKeyId: of('AccessKeyId'), secretAccessKey: new Secret(of('SecretAccessKey')) }
}

it('K19: moto takes the key, proves the signature, and refuses another', {
  skip: isThere ? false : 'there is no moto_server: name one in MOTO_SERVER',
}, async (t) => {
  const peer = await startMoto(t)
  const user = await newUser(peer)
  const folder = folderFor(t)
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return { file: join(folder, name) }
  }
  const secretAccessKey = file('secret', 'another secret access key than the one that was made')
  const target = { kind: 'aws', region: REGION, url: peer.url, accessKeyId: file('id', user.accessKeyId), secretAccessKey, caFile: peer.caFile }
  const latchwork = await startLatchwork(t, { config: { deliveryTargets: [{ name: 'aws', ...target }], outbound: { allow: [new URL(peer.url).host] } } })
  const { key } = await make(latchwork, await newAccount(latchwork))
  await setRotation(latchwork, key.id, { everySeconds: HOUR, overlapSeconds: 0, target: 'aws', path: 'billing/nightly' })
  const refused = await runRotation(latchwork, key.id)
  assert.equal(refused.status, 202)
  assert.match(refused.body.note, /answered 4\d\d/)
  t.diagnostic(refused.body.note)
  file('secret', user.secretAccessKey.reveal())
  const stored = async (): Promise<Readonly<Record<string, string>>> => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' }
    const answer = JSON.parse(await peer.call(user, 'secretsmanager', headers, JSON.stringify({ SecretId: 'latchwork/billing/nightly' })))
    return JSON.parse(answer.SecretString)
  }
  const created = await runRotation(latchwork, key.id)
  assert.deepEqual([created.status, created.body.note], [200, 'created'])
  const first = await stored()
  assert.deepEqual([first['keyId'], await use(latchwork, first['apiKey'] ?? '')], [created.body.successorId, 'VALID'])
  const again = await runRotation(latchwork, created.body.successorId)
  assert.deepEqual([again.status, again.body.note], [200, 'written'], JSON.stringify(again.body))
  assert.equal((await stored())['keyId'], again.body.successorId)
})
