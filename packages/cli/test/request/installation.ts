/** A real Latchwork server with the clients these tests need. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { folder, freePort, start } from '../latchwork.ts'

export const API = 'https://api.example.test'
export const ada = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada' }

const base = { name: 'Terminal', audiences: [API], scopes: ['openid', 'offline_access', 'notes:read'] }
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

export async function startInstallation(t: TestContext) {
  const cwd = folder(t)
  const port = await freePort()
  const [rootKey, weakKey, clientSecret] = [mintToken('root_key').reveal(), mintToken('root_key').reveal(), mintToken('client_secret').reveal()]
  const clients = [
    {
      ...base,
      id: 'cli',
      redirectUris: ['http://127.0.0.1/cb'],
      applicationType: 'native',
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticationMethod: 'none',
    },
    { ...base, id: 'tv', redirectUris: [], grantTypes: [DEVICE_GRANT, 'refresh_token'], authenticationMethod: 'none' },
    {
      ...base,
      id: 'job',
      redirectUris: [],
      scopes: ['notes:read'],
      grantTypes: ['client_credentials'],
      authenticationMethod: 'client_secret_basic',
      secretDigests: [digestOf(clientSecret)],
    },
  ]
  const config = {
    http: { port },
    demo: false,
    rootKeys: [
      { digest: digestOf(rootKey), scopes: ['*:*'], name: 'all' },
      { digest: digestOf(weakKey), scopes: ['events:read'], name: 'weak' },
    ],
    apis: [{ identifier: API, name: 'Notes', firstParty: true, scopes: [{ name: 'notes:read', description: 'Read your notes' }] }],
    clients,
  }
  writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
  await start(t, ['--config', 'c.json', '--json'], { cwd })
  const url = `http://localhost:${port}`
  const isActive = async (token: string): Promise<boolean> => {
    const response = await fetch(`${url}/introspect`, { method: 'POST', headers: { authorization: `Bearer ${rootKey}` }, body: new URLSearchParams({ token }) })
    return ((await response.json()) as { active: boolean }).active
  }
  /** Whether the server takes it as a person's bearer. */
  const isTaken = async (token: string): Promise<boolean> => (await fetch(`${url}/v1/me/consents`, { headers: { authorization: `Bearer ${token}` } })).ok
  return { url, rootKey, weakKey, clientSecret, isActive, isTaken }
}
