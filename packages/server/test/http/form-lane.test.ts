import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { issueRootKey } from '@latchwork/api-keys'
import { authorize, redeem } from '../kit/authorize.ts'
import { everyWay } from '../kit/lane-ways.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, API, type Latchwork, startLatchwork, system } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const FORM = 'application/x-www-form-urlencoded'

const everyForm = (latchwork: Latchwork, path: string, fields: readonly string[], body: string) => everyWay(latchwork, { path, type: FORM, fields, body })

/** What must be the same: all but the reference, the moment, what becomes of the connection and the secrets that are new each time. */
function plain({ status, headers, body }: Answer): unknown {
  const { reference, access_token, refresh_token, jti, ...told } = body
  const fields = [...headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
  const secrets = [reference, access_token, refresh_token, jti].map((text: string | undefined) => text?.replace(/_.*/, '')) // what each is
  return { status, headers: Object.fromEntries(fields), told, secrets }
}

const basic = (id: string, secret: string): string => `Authorization: Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

describe('the lane of forms', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  async function comparesAll(path: string, callers: readonly (readonly string[])[], bodies: readonly string[]): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (const caller of callers)
      for (const body of bodies) {
        const [byLane, byNode, byRoute] = await everyForm(latchworkOf(), path, caller, body)
        for (const answer of [byLane, byNode]) assert.deepEqual(plain(answer), plain(byRoute), `${path} ${caller.join(' ').slice(0, 40)} ${body.slice(0, 60)}`)
        answers.push(byLane)
      }
    return answers
  }

  const faulty = ['', 'a=%zz', 'grant_type=%ff', 'grant_type=x&grant_type=y', `${'a=1&'.repeat(101)}b=2`, 'grant_type=client_credentials%00', '{}']

  it('O3: /token answers what the route of the same address answers, whoever calls and whatever is sent', async () => {
    const callers = [
      [basic('machine', testSecret)],
      [basic('machine', 'wrong')],
      [basic('nobody', testSecret)],
      [basic('app', testSecret)],
      ['Authorization: Basic eDp5eg==='],
      ['Authorization: Bearer x'],
      [],
      [basic('machine', testSecret), 'Origin: https://elsewhere.example', 'Accept: text/html'],
    ]
    const bodies = [
      'grant_type=client_credentials',
      'grant_type=client_credentials&scope=notes:read',
      'grant_type=client_credentials&scope=openid',
      'grant_type=client_credentials&scope=no:such',
      'grant_type=client_credentials&resource=https://no.such',
      'grant_type=client_credentials&client_id=app',
      `grant_type=client_credentials&client_id=machine&client_secret=${testSecret}`,
      'grant_type=password',
      'grant_type=authorization_code&code=x',
      'grant_type=refresh_token&refresh_token=x',
      'client_id=app',
      ...faulty,
    ]
    const answers = await comparesAll('/token', callers, bodies)
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 400, 401]))
  })

  it('O10: /introspect answers what the route of the same address answers, also where the answer is to be signed', async () => {
    const latchwork = latchworkOf()
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const narrow = await issueRootKey(latchwork.server.installation.apiKeys, { name: 'narrow', scopes: ['keys:read'] }, system, latchwork.now())
    const callers = [
      [basic('app', testSecret)],
      [basic('machine', testSecret)],
      [`Authorization: Bearer ${latchwork.rootKey}`],
      [`Authorization: Bearer ${narrow.secret.reveal()}`],
      [`Authorization: Bearer ${body.access_token}`],
      ['Authorization: Bearer x'],
      [basic('app', 'wrong')],
      [],
    ]
    const tokens = [body.access_token, body.refresh_token, body.id_token, `lw_at_${'0'.repeat(49)}`, 'x', ''].map((token) => `token=${token}`)
    const answers = await comparesAll('/introspect', callers, [...tokens, 'token=x&token=y', ...faulty])
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 400, 401, 403]))
    const signed = await everyForm(latchwork, '/introspect', [basic('app', testSecret), 'Accept: application/token-introspection+jwt'], tokens[0] ?? '')
    for (const answer of signed) assert.match(answer.headers.get('content-type') ?? '', /^application\/token-introspection\+jwt/)
  })

  it('O4, O9: a code and a refresh token that came by the lane are used once, and a second use ends the grant', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const send = () =>
      everyForm(latchwork, '/token', [basic('app', testSecret)], `grant_type=refresh_token&refresh_token=${body.refresh_token}&resource=${API}`)
    const [byLane, ...others] = await send()
    assert.deepEqual(
      [byLane, ...others].map(({ status, body: { error } }) => [status, error]),
      [
        [200, undefined],
        [400, 'invalid_grant'],
        [400, 'invalid_grant'],
      ],
    )
    const ended = await everyForm(latchwork, '/introspect', [basic('app', testSecret)], `token=${byLane.body.access_token}`)
    for (const answer of ended) assert.deepEqual(answer.body, { active: false })
  })

  it('E1: a refusal in the lane is written down with its reference and its route', async (t) => {
    const latchwork = await startLatchwork(t) // its first refusal: later ones of a minute are only counted
    const refused = await latchwork.form('/token', { grant_type: 'client_credentials' }, { authorization: 'Basic eDp5eg==' })
    assert.equal(refused.status, 401)
    await latchwork.server.installation.refusals.flush()
    const { body } = await latchwork.call('GET', '/v1/events?type=request.refused&limit=100', { bearer: latchwork.rootKey })
    const event = body.items.find((item: { readonly data?: { readonly reference?: string } }) => item.data?.reference === refused.body.reference)
    assert.equal(event.reason, 'client_authentication_failed')
    assert.equal(event.data.route, 'POST /token')
    assert.ok(latchwork.log.some((line) => line.includes(refused.body.reference)))
  })
})
