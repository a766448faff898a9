/** What an audit of this installation reads: the configuration, and with a root key what the running server has. Nothing is written. */
import {
  type ClientFacts,
  checkFacts,
  type InstallationFacts,
  installationRules,
  type KeyFacts,
  lookAtFront,
  type Note,
  type Report,
  type SigningKeyFacts,
} from '@latchwork/audit'
import { loadConfig } from '@latchwork/server/config'
import type { Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer } from '../server-call.ts'

const PAGE = '100'
/** Of one list; a larger installation is told so. */
const MOST_ITEMS = 50_000

/** @throws ConfigurationError, Failure. */
export async function auditInstallation(invocation: Invocation): Promise<Report> {
  const { terminal, text } = invocation
  const config = await loadConfig({ file: text('config'), env: terminal.env, cwd: terminal.cwd, isTerminal: terminal.isTerminal })
  const notes: Note[] = []
  const served = hasRootKey(invocation) ? { ...(await readServer(invocation, notes)), ...(await readFront(config.issuer, notes)) } : {}
  if (!hasRootKey(invocation))
    notes.push({
      at: 'the running server',
      text: 'was not asked, for want of a root key: its clients, keys and signing keys, and what arrives at the issuer, were not looked at',
    })
  const report = checkFacts(installationRules, { now: Date.now(), config, ...served })
  return { ...report, notes: [...report.notes, ...notes] }
}

function hasRootKey({ terminal, text }: Invocation): boolean {
  return text('root-key-file') !== undefined || (terminal.env['LATCHWORK_ROOT_KEY'] ?? '') !== ''
}

async function readServer(invocation: Invocation, notes: Note[]): Promise<Partial<InstallationFacts>> {
  const clients = await listed<ClientFacts>(invocation, '/v1/clients', notes)
  const keys = await listed<KeyFacts>(invocation, '/v1/keys', notes)
  const signingKeys = await listed<SigningKeyFacts>(invocation, '/v1/signing-keys', notes)
  return {
    ...(clients === undefined ? {} : { clients }),
    ...(keys === undefined ? {} : { keys }),
    ...(signingKeys === undefined ? {} : { signingKeys }),
  }
}

async function readFront(issuer: string, notes: Note[]): Promise<Pick<InstallationFacts, 'front'>> {
  const front = await lookAtFront(issuer)
  if (typeof front !== 'string') return { front }
  notes.push({ at: issuer, text: `${front}: cookies, headers and TLS were not looked at` })
  return {}
}

/** `undefined`, and a note, where the root key may not see them. */
async function listed<T>(invocation: Invocation, path: string, notes: Note[]): Promise<readonly T[] | undefined> {
  const items: T[] = []
  let after: string | undefined
  try {
    do {
      const page = (await callServer(invocation, { method: 'GET', path, query: { limit: PAGE, after } })) as {
        readonly items?: readonly T[]
        readonly next?: string
      }
      items.push(...(page.items ?? []))
      after = page.next
    } while (after !== undefined && items.length < MOST_ITEMS)
  } catch (error) {
    if (!(error instanceof Failure) || error.facts['code'] !== 'scope_insufficient') throw error
    notes.push({ at: path, text: `was not looked at: the root key may not read it. ${error.mend ?? ''}`.trim() })
    return undefined
  }
  if (after !== undefined) notes.push({ at: path, text: `has more than ${MOST_ITEMS} entries; the first were looked at` })
  return items
}
