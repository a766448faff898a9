/** Secrets that stand elsewhere: `{ file: '…' }` or `{ env: 'NAME' }` (design, decision 24). */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Secret } from '@latchwork/kernel'
import type { SecretReference } from './options.ts'

const MAX_SECRET_BYTES = 64 * 1024

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths start from. */
  readonly folder: string
}

export type Resolved = { readonly secret: Secret } | { readonly fault: string; readonly mend: string }

export function isReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const [[key, target] = [], ...more] = Object.entries(value)
  return more.length === 0 && (key === 'file' || key === 'env') && typeof target === 'string' && target !== ''
}

/** Fetches the secret; white space at its end, which editors and `echo` leave, is no part of it. */
export function resolveReference(reference: SecretReference, { env, folder }: Surroundings): Resolved {
  if ('env' in reference) {
    const text = env[reference.env]?.trimEnd() ?? ''
    if (text !== '') return { secret: new Secret(text) }
    return { fault: `refers to the environment variable ${reference.env}, which is not set`, mend: `Set ${reference.env}, or refer to a file.` }
  }
  const file = resolve(folder, reference.file)
  try {
    const bytes = readFileSync(file)
    const text = bytes.length > MAX_SECRET_BYTES ? '' : bytes.toString('utf8').trimEnd()
    if (text !== '') return { secret: new Secret(text) }
    return { fault: `refers to ${file}, which is empty or too large to be a secret`, mend: 'Put the secret alone into the file.' }
  } catch (error) {
    return { fault: `refers to ${file}, which cannot be read (${codeOf(error)})`, mend: 'Make the file, and let the user of this server read it.' }
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error'
}
