/** `latchwork start`: the server, and in development the demo beside it. */
import type { RunningServer } from '@latchwork/server'
import type { Command, Invocation } from '../command.ts'
import { explained } from '../explain-start.ts'
import { type Demo, demoAccount, prepareDemo, startDemo } from '../start/demo.ts'
import { giveBackMemory } from '../start/give-back-memory.ts'
import { greeting } from '../start/greeting.ts'
import { configOf, optionFlags } from './config.ts'

async function start(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson } = invocation
  const configured = await configOf(invocation)
  const stopAsked = stopSignal()
  const demo = configured.demo ? await prepareDemo(configured) : undefined
  const config = demo?.config ?? configured
  const server = await explained(config, terminal.env, async () => {
    const { startServer } = await import('@latchwork/server')
    return startServer(config, {
      onBuilt: giveBackMemory,
      ...(demo === undefined ? {} : { demo: { applicationUrl: demo.applicationUrl, apiUrl: demo.apiUrl } }),
    })
  })
  try {
    const running = demo === undefined ? undefined : await startDemo(demo, config.issuer, (trouble) => terminal.err(trouble))
    const demoKey = demo === undefined ? undefined : await firstDemoKey(server, demo)
    const said = {
      issuer: config.issuer,
      ...(server.operatorLink === undefined ? {} : { operatorLink: server.operatorLink }),
      ...(demo === undefined ? {} : { demo: { ...addresses(demo), ...(demoKey === undefined ? {} : { key: demoKey }) } }),
    }
    terminal.out(wantsJson ? JSON.stringify(said) : greeting(said, terminal))
    await stopAsked
    await running?.stop()
  } finally {
    await server.close()
  }
  return 0
}

function addresses({ apiUrl, applicationUrl }: Demo): { readonly apiUrl: string; readonly applicationUrl: string } {
  return { apiUrl, applicationUrl }
}

/** The demo account's first key, made on the first start alone: later ones have it in their terminal's history. */
async function firstDemoKey(server: RunningServer, demo: Demo): Promise<string | undefined> {
  const { items } = await server.installation.store.apiKeys.listKeys({ accountId: demoAccount.id, limit: 1 })
  if (items.length > 0) return undefined
  const { secret } = await server.issueKey({ accountId: demoAccount.id, kind: 'sk', environment: 'test', name: 'demo', scopes: demo.scopes })
  return secret.reveal()
}

/** One Ctrl-C can reach us twice, from the terminal and from what started us. */
const SAME_SIGNAL_MS = 1_000

/** Resolves at the first Ctrl-C or SIGTERM; a later one does not wait for what is under way. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let askedAt: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (askedAt !== undefined && performance.now() - askedAt > SAME_SIGNAL_MS) process.exit(1)
      askedAt ??= performance.now()
      resolve()
    })
  }
  return promise
}

export const startCommand: Command = {
  name: 'start',
  summary: 'Start the server.',
  flags: optionFlags,
  example: ['latchwork start --port 8421 --data /var/lib/latchwork'],
  more: 'Every option can be given in the configuration file or the environment, too: latchwork config reference says how. A flag wins over the environment, and that over the file.',
  run: start,
}
