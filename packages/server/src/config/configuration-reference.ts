/** What people read of the options: the reference page and the flags of `latchwork start --help`. */
import { environmentName, type Option } from './option.ts'
import { optionAt, optionPaths } from './options.ts'

export interface FlagHelp {
  readonly flag: string
  /** What stands behind the flag; absent for one that is on or off. */
  readonly value?: string
  readonly help: string
  readonly default: string
  readonly env: string
}

export function flagHelp(): readonly FlagHelp[] {
  return optionPaths.flatMap((path) => {
    const option = optionAt(path)
    if (option.flag === undefined) return []
    const value = option.kind === 'boolean' ? {} : { value: (option.choices ?? [option.kind === 'integer' ? 'N' : option.kind.toUpperCase()]).join('|') }
    return [{ flag: option.flag, ...value, help: option.help, default: defaultOf(option), env: environmentName(path) }]
  })
}

function defaultOf(option: Option): string {
  if (option.defaultWords !== undefined) return option.defaultWords
  if (Array.isArray(option.default)) return option.default.length === 0 ? 'none' : option.default.join(', ')
  return option.default === undefined ? 'none' : String(option.default)
}

const WORDS: Readonly<Record<Option['kind'], string>> = {
  text: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  list: 'list of texts; separated by commas in a flag or the environment',
  path: 'path; relative to the working directory, or to the file it stands in',
  choice: '',
  secret: 'secret: text, or a reference `{ file }` or `{ env }`; never a flag',
  reaction: '`revoke`, `notify`, or `revoke after 30 minutes` (in a file also `{ revokeAfterMinutes: 30 }`)',
}

/** The page `docs/reference/configuration.md`. */
export function configurationReference(): string {
  return `# Configuration

<!-- Made from packages/server/src/config/options.ts by \`npm run docs\`. -->

A value is taken from the first of these that has one: the flag, the environment, the configuration file, the default.
The file is \`latchwork.config.ts\` in the working directory, or the one named by \`--config\` or \`LATCHWORK_CONFIG\`; \`.ts\`, \`.mts\`, \`.js\` and \`.mjs\` files
export an object as default, \`.json\` files hold one. \`latchwork config check\` reads all of it and says everything that is wrong.

A secret is never an argument. In the file it may be a reference, \`{ file: '/run/secrets/name' }\` or \`{ env: 'NAME' }\`; in the environment, the
variable with \`_FILE\` behind its name holds the path of a file with the secret in it.

${optionPaths.map(section).join('\n')}
${DECLARATIONS}`
}

function section(path: (typeof optionPaths)[number]): string {
  const option = optionAt(path)
  const kind = option.kind === 'choice' ? (option.choices ?? []).map((choice) => `\`${choice}\``).join(', ') : WORDS[option.kind]
  const env = environmentName(path)
  const rows = [
    ['kind', kind],
    ['default', option.defaultWords ?? `\`${defaultOf(option)}\``],
    ['environment', option.kind === 'secret' ? `\`${env}\`, \`${env}_FILE\`` : `\`${env}\``],
    ...(option.flag === undefined ? [] : [['flag', `\`--${option.flag}\`${option.kind === 'boolean' ? `, \`--no-${option.flag}\`` : ''}`]]),
    ['if refused', option.mend],
  ]
  return `## \`${path}\`

${option.help}

| | |
| --- | --- |
${rows.map(([name, value]) => `| ${name} | ${value?.replaceAll('|', '\\|')} |`).join('\n')}
`
}

const DECLARATIONS = `## Declared things

For reproducible installs a file can declare what would otherwise be made by hand. Each start brings the database in line with it. A client, a person or an account that is taken out of the file stays as it is: disable it.

\`\`\`ts
import { defineConfig } from '@latchwork/server/config'

export default defineConfig({
  issuer: 'https://auth.example.com',
  apis: [{ identifier: 'https://api.example.com', name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] }],
  accounts: [{ id: 'acc_acme', name: 'Acme' }],
  clients: [
    {
      id: 'notes-printer',
      name: 'Notes Printer',
      redirectUris: ['https://printer.example.com/callback'],
      scopes: ['openid', 'notes:read'],
      audiences: ['https://api.example.com'],
      secret: { file: '/run/secrets/notes-printer' },
    },
  ],
  users: [{ email: 'ada@example.com', passwordHash: { file: '/run/secrets/ada.hash' }, operator: true }],
  rootKeys: [{ name: 'deployment', digest: '0rMvUOb7zGZCLqVNGqRhHQTQFbQOWa9PXJVtwfVGPVs', scopes: ['keys:write', 'clients:write'] }],
  roles: [{ name: 'deployer', scopes: ['notes:read', 'notes:write'] }],
  deliveryTargets: [{ name: 'disk', kind: 'file', directory: '/srv/latchwork-keys' }],
})
\`\`\`

- \`apis\`: \`identifier\`, \`name\`, \`scopes\` (each \`name\` and \`description\`), \`firstParty\` (session tokens are for it; false), \`tokenFormat\` (\`opaque\`, or \`jwt\`), \`tokenSigningAlg\` (ES256), \`accessTokenLifetimeSeconds\`,
  \`introspectionClients\` (see the [guide to tokens](../guides/oauth-tokens.md)).
- \`clients\`: \`id\`, \`name\`, \`redirectUris\`, \`grantTypes\` (authorization_code and refresh_token), \`scopes\` (openid), \`audiences\`, \`authenticationMethod\`
  (\`client_secret_basic\`; or \`client_secret_post\`, \`none\`, \`private_key_jwt\`, \`tls_client_auth\`, \`self_signed_tls_client_auth\`), \`secretDigests\` or \`secret\` (a reference), \`applicationType\` (\`web\` or \`native\`), \`environment\` (\`live\` or
  \`test\`), \`homepage\`, \`accountId\`, \`profile\` (oauth21), \`settings\` (see the [guide to clients](../guides/clients.md)).
- \`statementIssuers\`: \`issuer\` and \`jwks\` of those whose software statements are believed at registration.
- \`users\`: \`email\`, \`name\`, \`passwordHash\` (from \`latchwork users hash-password\`; or a reference), \`operator\` (false), \`profile\` (what applications may be told: see [the guide](../guides/oauth-people.md)).
- \`accounts\`: \`id\`, \`name\`.
- \`rootKeys\`: \`digest\` and the key from \`latchwork generate root-key\`, \`scopes\`, \`name\`.
- \`roles\`: \`name\` and \`scopes\`; keys carry roles beside their own scopes, and a role means what the configuration says now, also in what verifiers remember.
- \`deliveryTargets\`: where rotated keys are delivered to, each with \`name\`, \`kind\` (\`vault\`, \`aws\`, \`kubernetes\`, \`file\`, \`webhook\`) and what the kind needs: see [the guide](../guides/keys-rotation.md).
- A scope of an API with \`publishable: true\` may be carried by publishable keys, which anybody can read.
`
