/**
 * Which passwords are taken. Length counts, composition rules do not (NIST SP 800-63B §3.1.1): what is refused is what would be guessed first. The check
 * against a full list of breached passwords is a separate step.
 */
import { refuse } from '@latchwork/kernel'
import { commonPasswords } from './common-passwords.ts'
import { normalisePassword } from './password.ts'

/** Characters (code points) after normalisation. */
export const MIN_PASSWORD_CHARACTERS = 10
export const MAX_PASSWORD_CHARACTERS = 256

const MIN_DISTINCT_CHARACTERS = 5

/** Whether the password is longer than any that was ever taken; judged before it costs a hash. */
export function isOverlongPassword(password: string): boolean {
  return password.length > 2 * MAX_PASSWORD_CHARACTERS || [...normalisePassword(password)].length > MAX_PASSWORD_CHARACTERS
}

/**
 * Checks, in order: length, characters, variety, the person's own address, the most common passwords (also in their usual disguises).
 * @param email canonical address of the person.
 * @throws Refusal `password_weak` with a sentence that says what to change.
 */
export function checkPasswordStrength(password: string, email: string): void {
  const weakness = weaknessOf(password, email)
  if (weakness !== undefined) refuse('password_weak', weakness)
}

function weaknessOf(password: string, email: string): { readonly reason: string; readonly detail: string } | undefined {
  if (isOverlongPassword(password)) return { reason: 'too_long', detail: `Use at most ${MAX_PASSWORD_CHARACTERS} characters.` }
  const characters = [...normalisePassword(password)]
  if (characters.length < MIN_PASSWORD_CHARACTERS) {
    return { reason: 'too_short', detail: `Use at least ${MIN_PASSWORD_CHARACTERS} characters; a few unrelated words make a good password.` }
  }
  if (!password.isWellFormed() || /\p{Cc}/u.test(password)) return { reason: 'control_character', detail: 'Use characters that can be typed and seen.' }
  if (new Set(characters).size < MIN_DISTINCT_CHARACTERS)
    return { reason: 'monotonous', detail: 'Use more different characters; a few unrelated words make a good password.' }
  const folded = characters.join('').toLowerCase()
  if (namesThePerson(folded, email)) return { reason: 'own_address', detail: 'Do not use your e-mail address as the password.' }
  if (isCommon(folded)) return { reason: 'common', detail: 'This password is among the first that are guessed. Use a few unrelated words instead.' }
  return undefined
}

function namesThePerson(folded: string, email: string): boolean {
  const localPart = email.slice(0, email.indexOf('@'))
  return folded === email || stemOf(folded) === stemOf(localPart) || folded === localPart
}

const disguises: Readonly<Record<string, string>> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', $: 's', '5': 's', '7': 't' }

function isCommon(folded: string): boolean {
  const undisguised = (text: string) => text.replace(/[@431!0$57]/g, (character) => disguises[character] ?? character)
  const stem = stemOf(folded)
  return [folded, stem, undisguised(folded), undisguised(stem), stemOf(undisguised(folded))].some((spelling) => commonPasswords.has(spelling)) || isWalk(folded)
}

/** Without the digits and signs that people put before and after a word. */
function stemOf(folded: string): string {
  return folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
}

const walks = ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm', 'azertyuiopqsdfghjklmwxcvbn']

/** A stretch of the alphabet, the digits or a keyboard's rows, forwards or backwards. */
function isWalk(folded: string): boolean {
  const backwards = [...folded].reverse().join('')
  return walks.some((walk) => walk.includes(folded) || walk.includes(backwards))
}
