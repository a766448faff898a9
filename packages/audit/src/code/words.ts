/** Which names people give to secrets. */

/** `accessToken`, `ACCESS_TOKEN`, `app.access-token` as `access_token`, `access_token`, `app_access_token`. */
export function snakeOf(word: string): string {
  return word
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
}

const CREDENTIAL =
  /(?:^|_)(?:(?:access|refresh|id|auth|authentication|bearer|session|user|admin|login|jwt|api|oauth)_?token|token|jwt|api_?key|client_?secret|bearer)$/
const HARMLESS =
  /(?:csrf|xsrf|push|fcm|apns|device|cancel|cancellation|page|next|prev|continuation|sync|design|theme|map|mapbox|captcha|site|publishable|public|anon|verification)(?:_\w*)?_(?:token|key)$/

/** A name that holds what lets its bearer in. */
export function isCredentialWord(word: string): boolean {
  const snake = snakeOf(word)
  return CREDENTIAL.test(snake) && !HARMLESS.test(snake)
}

/** The same, and the word `token` alone does not count: parsers have tokens too. */
export function isSurelyCredentialWord(word: string): boolean {
  return isCredentialWord(word) && snakeOf(word) !== 'token'
}

export function isPasswordWord(word: string): boolean {
  return /(?:^|_)(?:password|passwd|passphrase|pwd)$/.test(snakeOf(word))
}

const SECRET = /(?:^|_)(?:secret|secret_key|jwt_secret|signing_secret|signing_key|private_key|client_secret|app_secret|api_secret|jwt_key|api_key|apikey)$/

export function isSecretWord(word: string): boolean {
  return SECRET.test(snakeOf(word))
}

export function isSessionCookie(name: string): boolean {
  return isCredentialWord(name) || /(?:^|_)(?:sid|session|session_id|sessionid|auth|authorization|remember_me)$/.test(snakeOf(name))
}

const PLACEHOLDER = /^(?:x+|\.+|<.*>|\$\{.*\}|%.*%|your[-_ ].*|.*placeholder.*|change[-_ ]?me.*|undefined|null|none|test|example.*|todo.*)$/i

/** A text that stands where a secret will be put. */
export function isPlaceholder(text: string): boolean {
  return text.trim() === '' || PLACEHOLDER.test(text.trim())
}
