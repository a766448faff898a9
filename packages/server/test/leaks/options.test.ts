import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { ConfigurationError, type LatchworkConfig, loadConfig } from '@latchwork/server/config'

const load = (leaks: unknown, env: Readonly<Record<string, string>> = {}) => loadConfig({ given: { leaks } as LatchworkConfig, env, flags: {}, cwd: tmpdir() })

const spki = (curve: string): string => generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ format: 'der', type: 'spki' }).toString('base64')

describe('options of leaks', () => {
  it('K15: live is revoked, test is told of, nobody else is believed, unless said otherwise', async () => {
    const { leaks } = await load({})
    assert.deepEqual(leaks, { policy: { live: 'revoke', test: 'notify', exceptions: [] } })
  })

  it('K15: a reaction is a word or a time to wait, in a file and in the environment', async () => {
    const file = await load({ live: { revokeAfterMinutes: 30 }, test: 'revoke after 5 minutes' })
    assert.deepEqual([file.leaks.policy.live, file.leaks.policy.test], [{ revokeAfterMinutes: 30 }, { revokeAfterMinutes: 5 }])
    const env = await load(
      {},
      { LATCHWORK_LEAKS_LIVE: 'revoke after 1 minutes', LATCHWORK_LEAKS_TEST: 'revoke', LATCHWORK_LEAKS_EXCEPTIONS: 'live pat notify, root_key revoke' },
    )
    assert.deepEqual(env.leaks.policy, {
      live: { revokeAfterMinutes: 1 },
      test: 'revoke',
      exceptions: [
        { kind: 'pat', environment: 'live', reaction: 'notify' },
        { kind: 'root_key', reaction: 'revoke' },
      ],
    })
  })

  it('K15: GitHub and the webhook are off until they are switched on', async () => {
    const key = spki('P-256')
    const { leaks } = await load({ webhookSecret: 'x'.repeat(32), github: { enabled: true, keys: [`abc=${key}`] } })
    assert.equal(leaks.webhookSecret?.reveal(), 'x'.repeat(32))
    assert.equal(leaks.github?.keysUrl, 'https://api.github.com/meta/public_keys/secret_scanning')
    assert.deepEqual(
      leaks.github?.keys.map(({ identifier, key: public_ }) => [identifier, public_.export({ format: 'der', type: 'spki' }).toString('base64')]),
      [['abc', key]],
    )
    assert.equal((await load({ github: { keysUrl: 'https://keys.example.com/' } })).leaks.github, undefined)
  })

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ live: 'delete' }, /leaks\.live/],
    [{ live: { revokeAfterMinutes: 0 } }, /leaks\.live/],
    [{ live: { revokeAfterMinutes: 1.5 } }, /leaks\.live/],
    [{ live: { revokeAfterMinutes: 43201 } }, /leaks\.live/],
    [{ live: { revokeAfterMinutes: 5, more: 1 } }, /leaks\.live/],
    [{ live: 'revoke after 99999 minutes' }, /leaks\.live/],
    [{ test: null }, /leaks\.test/],
    [{ exceptions: ['pat'] }, /leaks\.exceptions/],
    [{ exceptions: ['prod pat notify'] }, /leaks\.exceptions/],
    [{ exceptions: ['password notify'] }, /leaks\.exceptions/],
    [{ exceptions: ['live pk revoke'] }, /public and never revoked/],
    [{ webhookSecret: 'short' }, /leaks\.webhookSecret/],
    [{ github: { keysUrl: 'http://api.github.com/' } }, /leaks\.github\.keysUrl/],
    [{ github: { keys: ['abc'] } }, /leaks\.github\.keys/],
    [{ github: { keys: [`abc=${spki('P-384')}`] } }, /P-256/],
    [{ gitlab: {} }, /leaks\.gitlab/],
  ]
  for (const [leaks, says] of wrong) {
    it(`E7 K15: ${JSON.stringify(leaks).slice(0, 60)} is refused, and says what to do`, async () => {
      await assert.rejects(load(leaks), (error: unknown) => {
        assert.ok(error instanceof ConfigurationError)
        assert.match(error.message, says)
        assert.ok(error.problems.every(({ mend }) => mend.length > 0))
        return true
      })
    })
  }
})
