/** Scopes of a key that the server calls undefined: they open nothing at any API that is declared. */
import { isResourceScope, nearMiss } from '@latchwork/kernel'
import type { Invocation } from '../command.ts'
import { callServer } from '../server-call.ts'
import { quoted, sameServer } from './same-server.ts'
import { textAt } from './shown-secret.ts'

/** @param key as it is answered to who made or changed it. @returns nothing, or a sentence with its mend, ready to be pasted. */
export async function slipsOf(invocation: Invocation, key: unknown): Promise<readonly string[]> {
  const slips = undefinedIn(key)
  if (slips.length === 0) return []
  const defined = await definedScopes(invocation)
  const meant = scopesOf(key).flatMap((scope) => (slips.includes(scope) ? (nearMiss(scope, defined) ?? []) : scope))
  const flags = meant.length === 0 ? ' --clear scopes' : [...new Set(meant)].map((scope) => ` --scope ${quoted(scope)}`).join('')
  const mend = `latchwork keys update ${textAt(key, 'id')}${flags}${sameServer(invocation)}`
  return [`${wordsOfSlips(slips)} If that was a slip:  ${mend}`]
}

/** What is wrong with them: that nobody defines them, and where they could not be defined for what they look like, their form. */
export function wordsOfSlips(slips: readonly string[]): string {
  const formless = slips.filter((scope) => !isResourceScope(scope))
  const undefinedWords = `No declared API defines ${slips.join(', ')}.`
  if (formless.length === 0) return undefinedWords
  const form = 'the form resource:action (notes:read; notes:* for all of notes, *:* for everything)'
  return `${undefinedWords} ${formless.join(', ')} ${formless.length === 1 ? 'has' : 'have'} not ${form}.`
}

export function undefinedIn(key: unknown): readonly string[] {
  const scopes = (key as { readonly undefinedScopes?: unknown } | null)?.undefinedScopes
  return Array.isArray(scopes) ? scopes : []
}

function scopesOf(key: unknown): readonly string[] {
  return (key as { readonly scopes?: readonly string[] }).scopes ?? []
}

/** What the server's metadata says of its APIs (RFC 8414); a slip is told of without it as well. */
async function definedScopes(invocation: Invocation): Promise<readonly string[]> {
  try {
    const metadata = (await callServer(invocation, { method: 'GET', path: '/.well-known/oauth-authorization-server', isOpen: true })) as Item
    const scopes = metadata['scopes_supported']
    return Array.isArray(scopes) ? scopes.filter((scope): scope is string => typeof scope === 'string' && scope.includes(':')) : []
  } catch {
    return []
  }
}

type Item = Readonly<Record<string, unknown>>
