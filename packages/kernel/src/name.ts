/** Names that people give to things and that other people read. */
import { CREDENTIAL_PATTERN } from './credential.ts'

const MAX_NAME = 100
/** Controls, format characters (bidi among them), separators of lines and half characters could make a name say something else than it does. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Whether a trimmed text can be a name: 1 to 100 characters, all of them visible, and no credential among them: names are shown, listed and logged (K3). */
export function isVisibleName(text: string): boolean {
  return text !== '' && text.length <= MAX_NAME && isVisible(text) && !holdsCredential(text)
}

/** Whether nothing in it hides, or makes it say something else than it does. */
export function isVisible(text: string): boolean {
  return !DECEPTIVE.test(text)
}

/** Whether a whole credential of ours stands in it. */
export function holdsCredential(text: string): boolean {
  return text.search(CREDENTIAL_PATTERN) >= 0
}
