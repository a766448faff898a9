/** Starts the Notes Printer as its environment says. */
import { startApp } from './app.ts'
import { readSettings } from './settings.ts'

const app = await startApp(readSettings(process.env))
console.log(`Notes Printer is at ${app.url}`)

// Started by another process: say when it is ready, and end with it.
process.send?.({ type: 'ready', url: app.url })
process.once('disconnect', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close().then(() => process.exit(0)))
