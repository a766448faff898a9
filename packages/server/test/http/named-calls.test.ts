/** Which calls take an `Idempotency-Key`: every one that acts otherwise the second time, and none is forgotten. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'

/** POST and PATCH that take none, and why they need none. PUT and DELETE ask for a state: sent again, they leave what the first one left (RFC 9110 §9.2.2). */
const withoutName: Readonly<Record<string, string>> = {
  'POST /v1/verify': 'asks, and changes nothing',
  'POST /v1/keys/verify': 'each is a use of the key, and is counted',
  'POST /v1/keys/use': 'reports carry a name and a number of their own',
  'POST /v1/events/chain/accepted-breaks': 'a break is accepted once, and the next check says so',
  'POST /v1/keys/exposed': 'a key is revoked once, and stays so',
  'POST /v1/leaks': 'a credential is worked on once, whoever reports it',
  'POST /v1/leaks/github': 'a credential is worked on once, whoever reports it',
  'POST /v1/leaks/webhook': 'a delivery carries an id of its own',
  'POST /v1/sessions/sign-up': 'for a browser, and by no credential: an address is registered once',
  'POST /v1/sessions/sign-in': 'for a browser: each is a session of its own',
  'POST /v1/sessions/refresh': 'the refresh token is what is used once',
  'POST /v1/sessions/sign-out': 'a session ends once',
  'POST /v1/signing-keys/rotate': 'asked again, it gives the next keys that are published already',
  'POST /v1/signing-keys/{kid}/revoke': 'a key is revoked once, and the answer is the same',
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}

describe('calls with a name', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { leaks: { webhookSecret: 'w'.repeat(40), github: { enabled: true } } } }))

  it('R1: every POST and PATCH of /v1 takes an Idempotency-Key and says so in /openapi.json, or stands in the table of those that need none', async () => {
    const { paths } = (await latchworkOf().call('GET', '/openapi.json')).body as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
    }
    const taking: string[] = []
    const others: string[] = []
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { parameters = [] }] of Object.entries(operations)) {
        const isNamed = parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'idempotency-key')
        if (method === 'post' || method === 'patch') (isNamed ? taking : others).push(`${method.toUpperCase()} ${path}`)
        else assert.equal(isNamed, false, `${method} ${path}`)
      }
    assert.deepEqual(others.sort(), Object.keys(withoutName).sort())
    assert.deepEqual(taking.sort(), [
      'PATCH /v1/accounts/{id}',
      'PATCH /v1/clients/{id}',
      'PATCH /v1/keys/{id}',
      'PATCH /v1/me/applications/{id}',
      'PATCH /v1/people/{id}',
      'POST /v1/accounts',
      'POST /v1/accounts/{id}/disable',
      'POST /v1/accounts/{id}/enable',
      'POST /v1/accounts/{id}/members',
      'POST /v1/accounts/{id}/members/{userId}/keys/end',
      'POST /v1/accounts/{id}/members/{userId}/keys/roll',
      'POST /v1/clients',
      'POST /v1/clients/{id}/secrets/roll',
      'POST /v1/consents/{id}/keys',
      'POST /v1/initial-access-tokens',
      'POST /v1/keys',
      'POST /v1/keys/import',
      'POST /v1/keys/{id}/end',
      'POST /v1/keys/{id}/roll',
      'POST /v1/keys/{id}/rotation/run',
      'POST /v1/me/applications',
      'POST /v1/me/applications/{id}/secrets/roll',
      'POST /v1/me/tokens',
      'POST /v1/me/tokens/{id}/roll',
      'POST /v1/people/{id}/disable',
      'POST /v1/people/{id}/enable',
      'POST /v1/root-keys',
    ])
  })
})
