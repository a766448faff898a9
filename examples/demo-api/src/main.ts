/** Starts the Notes API as its environment says. */
import { startApi } from './api.ts'
import { readSettings } from './settings.ts'

const api = await startApi(readSettings(process.env))
console.log(`Notes API is at ${api.url}`)

// Started by another process: say when it is ready, and end with it.
process.send?.({ type: 'ready', url: api.url })
process.once('disconnect', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.close().then(() => process.exit(0)))
