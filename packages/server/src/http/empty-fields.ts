/** What was left empty in a form. Said of all fields at once, and before anything is tried that would cost an attempt. */
import type { Problem } from '../pages/index.ts'

/** @param asks what to say of each field that must not be empty. */
export function emptyFields(form: URLSearchParams, asks: Readonly<Record<string, string>>): readonly Problem[] {
  const empty = Object.entries(asks).filter(([field]) => (form.get(field) ?? '') === '')
  return empty.map(([field, message]) => ({ field, message }))
}
