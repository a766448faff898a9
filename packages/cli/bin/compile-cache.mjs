// Keeps compiled code within the installation: a shared temporary folder could be prepared by somebody else. Plain JavaScript, and before the first TypeScript: what is kept needs not be
// read as TypeScript again, so that from the second start on the reader, fifteen megabytes of it, is not loaded at all.
import { enableCompileCache } from 'node:module'
import { resolve } from 'node:path'

enableCompileCache(resolve(import.meta.dirname, '../../../node_modules/.cache/latchwork'))
