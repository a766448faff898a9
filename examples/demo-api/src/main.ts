/** Starts the Notes API as its environment says. */
import { startApi } from './api.ts'
import { readSettings } from './settings.ts'

const api = await startApi(readSettings(process.env))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.close().then(() => process.exit(0)))

// Started by another process: end with it, and say when it is ready.
process.once('disconnect', () => process.exit(0))
process.send?.({ type: 'ready', url: api.url })
console.log(`Notes API is at ${api.url}`)
