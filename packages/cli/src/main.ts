#!/usr/bin/env node
/** The `latchwork` command. */
import { enableCompileCache } from 'node:module'
import { resolve } from 'node:path'

// Compiled code is kept within the installation: a shared temporary folder could be prepared by somebody else.
enableCompileCache(resolve(import.meta.dirname, '../../../node_modules/.cache/latchwork'))

// Whoever reads our answer may have had enough of it (`latchwork scan | head`): what was found is told by the exit code all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
})

const { run } = await import('./run.ts')
const { processTerminal } = await import('./terminal.ts')
process.exitCode = await run(process.argv.slice(2), processTerminal())
