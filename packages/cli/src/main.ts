#!/usr/bin/env node
/** The `latchwork` command. */
import '../bin/compile-cache.mjs'

// Whoever reads our answer may have had enough of it (`latchwork scan | head`): what was found is told by the exit code all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
})

const { run } = await import('./run.ts')
const { processTerminal } = await import('./terminal.ts')
process.exitCode = await run(process.argv.slice(2), processTerminal())
