/** Every command, in the order help shows them. */
import type { Command } from './command.ts'
import { accountCommands } from './commands/accounts.ts'
import { adviseCommand } from './commands/advise.ts'
import { auditCommand } from './commands/audit.ts'
import { clientCommands } from './commands/clients.ts'
import { configCommands } from './commands/config.ts'
import { eventCommands } from './commands/events.ts'
import { generateCommands } from './commands/generate.ts'
import { moreGenerateCommands } from './commands/generate-more.ts'
import { initCommand } from './commands/init.ts'
import { initialTokenCommands } from './commands/initial-tokens.ts'
import { inspectCommand } from './commands/inspect.ts'
import { keyUseCommands } from './commands/key-use.ts'
import { keyCommands } from './commands/keys.ts'
import { keyRotationCommands } from './commands/keys-rotation.ts'
import { leakCommands } from './commands/leaks.ts'
import { requestCommands } from './commands/request.ts'
import { rootKeyCommands } from './commands/root-keys.ts'
import { scanCommand } from './commands/scan.ts'
import { signingCommands } from './commands/signing.ts'
import { startCommand } from './commands/start.ts'
import { tourCommand } from './commands/tour.ts'
import { userCommands } from './commands/users.ts'

const all: readonly Command[] = [
  startCommand,
  tourCommand,
  initCommand,
  ...configCommands,
  ...accountCommands,
  ...keyCommands,
  ...keyUseCommands,
  ...keyRotationCommands,
  ...rootKeyCommands,
  ...leakCommands,
  adviseCommand,
  scanCommand,
  auditCommand,
  ...clientCommands,
  ...initialTokenCommands,
  ...userCommands,
  ...eventCommands,
  ...signingCommands,
  ...requestCommands,
  inspectCommand,
  ...generateCommands,
  ...moreGenerateCommands,
]

const groupOf = ({ name }: Command): string => name.split(' ', 1)[0] ?? name

/** Those of one word stand together, where the first of them stands. */
export const commands: readonly Command[] = [...new Set(all.map(groupOf))].flatMap((group) => all.filter((command) => groupOf(command) === group))
