/** Where the profiles of this person are, and what opens them. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openProfileStore, type ProfileStore } from '@latchwork/client'
import { WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import type { Terminal } from '../terminal.ts'

export async function storeOf(terminal: Terminal): Promise<ProfileStore> {
  const passphrase = await givenPassphrase(terminal)
  return openProfileStore(join(configurationFolder(terminal), 'profiles'), {
    ...(passphrase === undefined ? {} : { passphrase }),
    askPassphrase: (isNew) => askPassphrase(terminal, isNew),
  })
}

/** XDG Base Directory: `$XDG_CONFIG_HOME/latchwork`, else `~/.config/latchwork`. */
function configurationFolder({ env }: Terminal): string {
  return env['LATCHWORK_CLIENT_FOLDER'] || join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'latchwork')
}

async function givenPassphrase(terminal: Terminal): Promise<string | undefined> {
  const file = terminal.env['LATCHWORK_PASSPHRASE_FILE']
  return file ? readSecretFile(file, terminal) : terminal.env['LATCHWORK_PASSPHRASE'] || undefined
}

async function askPassphrase({ askSecret }: Terminal, isNew: boolean): Promise<string> {
  if (askSecret === undefined)
    throw new WrongUsage(
      'No keyring of this system answers, so the profiles are sealed by a passphrase, and there is no terminal to ask for it.',
      'Set LATCHWORK_PASSPHRASE_FILE or LATCHWORK_PASSPHRASE.',
    )
  if (!isNew) return askSecret('Passphrase of the profiles: ')
  const first = await askSecret('No keyring here. A passphrase to seal the profiles with (8 characters or more): ')
  if ((await askSecret('Once more: ')) !== first) throw new WrongUsage('The two were not the same.', 'Try again.')
  return first
}
