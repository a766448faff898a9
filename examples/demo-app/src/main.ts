/** Starts the Notes Printer as its environment says. */
import { startApp } from './app.ts'
import { readSettings } from './settings.ts'

const app = await startApp(readSettings(process.env))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close().then(() => process.exit(0)))

// Started by another process: end with it, and say when it is ready.
process.once('disconnect', () => process.exit(0))
process.send?.({ type: 'ready', url: app.url })
console.log(`Notes Printer is at ${app.url}`)
