/** Names that people give to things and that other people read. */
import { CREDENTIAL_PATTERN } from './credential.ts'

const MAX_NAME = 100
/** Controls, format characters (bidi among them), separators of lines and half characters could make a name say something else than it does. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
/** The joiners, where what stands on both sides needs them: letters of these scripts (names in Persian and Hindi), or the parts of one emoji. */
const JOINING = String.raw`[\p{scx=Arab}\p{scx=Syrc}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mong}]`
const NEEDED_JOINER = new RegExp(
  String.raw`(?<=(?=[\p{L}\p{M}])${JOINING})[\u200c\u200d](?=(?=[\p{L}\p{M}])${JOINING})|(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic})`,
  'gu',
)

/** Whether a trimmed text can be a name: 1 to 100 characters, all of them visible, and no credential among them: names are shown, listed and logged (K3). */
export function isVisibleName(text: string): boolean {
  return text !== '' && isWithin(text, MAX_NAME) && isVisible(text) && !holdsCredential(text)
}

/** Whether nothing in it hides, or makes it say something else than it does. */
export function isVisible(text: string): boolean {
  return !DECEPTIVE.test(text.replace(NEEDED_JOINER, ''))
}

/** Characters, as people count them more or less: those beyond U+FFFF are two units of a string. */
function isWithin(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most)
}

/** Whether a whole credential of ours stands in it. */
export function holdsCredential(text: string): boolean {
  return text.search(CREDENTIAL_PATTERN) >= 0
}
