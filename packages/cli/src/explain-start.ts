/** Why a server or an installation could not be opened, in one line with the mend instead of a stack. */
import { Refusal } from '@latchwork/kernel'
import { type Config, ConfigurationError, makeDataFolder } from '@latchwork/server/config'
import { Failure } from './failure.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Runs what opens something; what it throws becomes a `Failure` that an operator can act on. @param env says how the command was come by. */
export async function explained<T>(config: Config, env: Environment, open: () => Promise<T>): Promise<T> {
  try {
    if (config.database.engine === 'sqlite') makeDataFolder(config)
    return await open()
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof Failure) throw error
    throw explain(config, env, error)
  }
}

const listening: Readonly<Record<string, (config: Config, env: Environment) => readonly [string, string]>> = {
  EADDRINUSE: ({ http }, env) => [
    `Port ${http.port} is in use.`,
    `Stop what listens there, or choose another: ${startWords(env)} --port ${http.port < 65_535 ? http.port + 1 : 8421}`,
  ],
  EADDRNOTAVAIL: ({ http }) => [`This machine has no address ${http.host}.`, 'Choose one it has with --host, or leave it away for localhost.'],
  ENOTFOUND: ({ http }) => [`The host ${http.host} is not known.`, 'Choose an address of this machine with --host, or leave it away for localhost.'],
}

/** What somebody types again to start with a flag more: npm tells which script of its it ran, and takes flags for that behind `--` alone. */
function startWords({ npm_lifecycle_event: script }: Environment): string {
  if (script === 'start') return 'npm start --'
  if (script === 'latchwork') return 'npm run latchwork -- start'
  return script === 'npx' ? 'npx latchwork start' : 'latchwork start'
}

function explain(config: Config, env: Environment, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === 'listen' && code === 'EACCES')
    return new Failure(`This user may not listen on port ${config.http.port}.`, 'Choose a port above 1023 with --port.')
  const found = code === undefined ? undefined : listening[code]
  if (found !== undefined && (syscall === 'listen' || syscall === 'getaddrinfo')) return new Failure(...found(config, env))
  if (code === 'DATABASE_HELD')
    return new Failure(
      (error as Error).message,
      'Stop that one, or name another folder with --data. Several nodes need PostgreSQL: docs/guides/several-nodes.md.',
    )
  if (error instanceof Refusal && error.code === 'store_unavailable') return storeAway(config, error)
  // Refusals at the start are about what the configuration declares, in words for the operator.
  if (error instanceof Refusal)
    return new Failure(`The configuration declares what cannot be: ${error.detail}`, 'Mend the declaration, and check with: latchwork config check', {
      code: error.code,
    })
  return error
}

function storeAway({ database, data }: Config, refusal: Refusal): Failure {
  const why = causeOf(refusal)
  if (database.engine === 'sqlite' && /not a database|malformed/.test(why))
    return new Failure(`${database.file} is damaged, or no database of Latchwork.`, 'Put a backup in its place, or name another folder with --data.')
  if (database.engine === 'sqlite' && /disk is full|ENOSPC/.test(why))
    return new Failure(`The disk of ${database.file} is full.`, 'Make room on it, and start again: nothing that was answered is lost.')
  if (database.engine === 'sqlite')
    return new Failure(`The database ${database.file} cannot be opened${why}.`, `Let this user write to ${data}, or name another folder with --data.`)
  const { host, pathname } = new URL(database.url.reveal())
  return new Failure(
    `The database ${pathname.slice(1)} at ${host || 'this machine'} cannot be reached${why}.`,
    'Check that PostgreSQL runs there, and database.url: address, user, password and name.',
  )
}

function causeOf(refusal: Refusal): string {
  const deepest = [refusal.cause, (refusal.cause as Error | undefined)?.cause].findLast((one) => one instanceof Error) as NodeJS.ErrnoException | undefined
  const text = deepest?.message || deepest?.code
  return text === undefined ? '' : ` (${text.split('\n')[0]})`
}
