// Runs a TypeScript file of this repository: `node scripts/run.mjs <file.ts> [arguments]`.
// Plain JavaScript, so that a Node too old to read TypeScript says so in one line instead of failing on the first type.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const NEEDED = [24, 7] // crypto.argon2 came with 24.7

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    `Latchwork needs Node ${NEEDED.join('.')} or newer, and this is ${process.version}. ` +
      'On Linux (x64, arm64) `npm ci` brings the right one and npm scripts use it; elsewhere install it from https://nodejs.org.',
  )
  process.exit(1)
}

const [, , file, ...rest] = process.argv
if (file === undefined) {
  console.error('usage: node scripts/run.mjs <file.ts> [arguments]')
  process.exit(2)
}
const target = resolve(file)
process.argv = [process.execPath, target, ...rest]
await import(pathToFileURL(target).href)
