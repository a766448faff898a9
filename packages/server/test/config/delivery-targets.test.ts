import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ConfigSources, loadConfig } from '@latchwork/server/config'
import { refuses, wrong } from './refused.ts'

const vault = { kind: 'vault', url: 'https://vault.example.com:8200', token: { env: 'VAULT_TOKEN' } }
const aws = { kind: 'aws', region: 'eu-central-1', accessKeyId: { env: 'AWS_KEY' }, secretAccessKey: { env: 'AWS_SECRET' } }
const environment = { VAULT_TOKEN: 'a token', AWS_KEY: 'AKIDEXAMPLE', AWS_SECRET: 'a secret', OTHER_KEY: 'AKIDOTHER' }

const given = (...targets: readonly object[]): ConfigSources => ({
  ...wrong({ deliveryTargets: targets.map((target, index) => ({ name: `target-${index}`, ...target })) }),
  env: environment,
})

describe('delivery targets that share a place', () => {
  const shared: Readonly<Record<string, readonly [object, object]>> = {
    'one folder': [
      { kind: 'file', directory: '/srv/keys' },
      { kind: 'file', directory: '/srv/other/../keys/', environments: ['test'] },
    ],
    'a folder in the other': [
      { kind: 'file', directory: '/srv/keys/team' },
      { kind: 'file', directory: '/srv/keys' },
    ],
    'one mount and prefix of a Vault': [vault, { ...vault, url: `${vault.url}/`, accounts: ['acc_acme'] }],
    'a prefix within the other': [vault, { ...vault, prefix: 'latchwork/team/' }],
    'one account of AWS': [aws, { ...aws, prefix: 'latch' }],
  }
  for (const [title, [one, other]] of Object.entries(shared))
    it(`K19: ${title}: refused at the start, for one key could lie over another`, () =>
      refuses(given(one, other), 'deliveryTargets[1]', /writes where "target-0" writes/))

  it('K19: what does not meet is taken', async () => {
    const targets = [
      { kind: 'file', directory: '/srv/keys' },
      { kind: 'file', directory: '/srv/keys-of-others' },
      vault,
      { ...vault, mount: 'other' },
      { ...vault, namespace: 'team' },
      { ...vault, prefix: 'team/' },
      aws,
      { ...aws, region: 'eu-west-1' },
      { ...aws, accessKeyId: { env: 'OTHER_KEY' } },
    ]
    assert.equal((await loadConfig(given(...targets))).deliveryTargets.length, targets.length)
  })
})
