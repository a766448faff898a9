/** `latchwork init`: an installation without a browser: data folder, tables, and a root key in a file (design, decision 24). */
import type { Command, Invocation } from '../command.ts'
import { explained } from '../explain-start.ts'
import { writeSecretFile } from '../secret-file.ts'
import { configOf, optionFlags } from './config.ts'

async function init(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson, required, text, texts } = invocation
  const file = required('root-key-file')
  const scopes = texts('scope').length === 0 ? ['*:*'] : texts('scope')
  const config = await configOf(invocation)
  const rootKey = await writeSecretFile(file, () =>
    explained(config, terminal.env, async () => {
      const { issueRootKey } = await import('@latchwork/api-keys')
      const { openInstallation } = await import('@latchwork/server')
      const installation = await openInstallation(config)
      try {
        const maker = { kind: 'system', id: 'init', ceiling: 'unlimited', origin: {} } as const
        const issued = await issueRootKey(installation.apiKeys, { name: text('name') ?? 'installation', scopes }, maker, installation.clock.now())
        return { secret: issued.secret, result: issued.rootKey }
      } finally {
        await installation.close()
      }
    }),
  )
  const { id, fingerprint } = rootKey
  if (wantsJson) terminal.out(JSON.stringify({ id, fingerprint, scopes, rootKeyFile: file, data: config.data }))
  else terminal.out(`Root key ${id} (${fingerprint}) is in ${file}. It may do ${scopes.join(' ')}.\nStart the server with: latchwork start`)
  return 0
}

export const initCommand: Command = {
  name: 'init',
  summary: 'Set up an installation without a browser: tables and a first root key.',
  flags: [
    { name: 'root-key-file', value: 'FILE', help: 'Where to write the root key, for its owner alone (mode 600); never overwritten.', isRequired: true },
    { name: 'scope', value: 'SCOPE', help: 'What the key may do, such as keys:write; *:* (all) unless said.', isRepeatable: true },
    { name: 'name', value: 'TEXT', help: 'What the key is for; "installation" unless said otherwise.' },
    ...optionFlags,
  ],
  example: ['latchwork init --root-key-file root.key --data /var/lib/latchwork'],
  more: 'Can be run again for another key, also beside a running server.',
  run: init,
}
