#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read TypeScript says so in one line instead of failing on the first type.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 7)) {
  console.error(`Latchwork needs Node 24.7 or newer, and this is ${process.version}. In its folder, npx latchwork runs the one that npm ci brought (Linux).`)
  process.exit(1)
}
await import('./compile-cache.mjs')
await import('../src/main.ts')
