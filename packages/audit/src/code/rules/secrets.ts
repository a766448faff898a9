/** How secrets are made, compared, kept and told. */
import { both, type CodeRule, namesAround, type Scene } from '../code-rule.ts'
import { type Call, type Expression, findInside } from '../expression.ts'
import { fieldOf, fieldsOf, type Module, meaningOf, numberOf, pathOf, shapeOf, speaksOf, textOf, wordOf } from '../module.ts'
import { isCredentialWord, isPasswordWord, isSecretWord, isSurelyCredentialWord, snakeOf } from '../words.ts'
import { speaksOfCredentials } from './front-end.ts'

const EQUALITY = new Set(['==', '===', '!=', '!=='])
const FRESH =
  /(?:^|_)(?:token|secret|password|passcode|otp|nonce|session_?id|api_?key|csrf|xsrf|code_?verifier|auth_?code|verification_?code|reset_?code|client_?id|client_?secret|state)$/

/** What a caller sent. */
function arrives(side: Expression, module: Module): boolean {
  const path = pathOf(side, module)
  const isOfRequest =
    /(?:^|[.:])(?:req|request|ctx|headers|cookies|event)\b/.test(path) && !/\.(?:length|method|url|type|status|aud|iss|sub|scope|exp)$/.test(path)
  const word = wordOf(side)
  return isOfRequest || isSurelyCredentialWord(word) || /^(?:x_)?(?:api_?key|token|signature|sig|hmac|provided|received|given)(?:_\w+)?$/.test(snakeOf(word))
}

/** What it is held against. */
function isKept(side: Expression, module: Module): boolean {
  const path = pathOf(side, module)
  const word = wordOf(side)
  if (side.kind === 'call')
    return /(?:\.digest|\.hexdigest)(?:\(\))?$/.test(pathOf(side.callee, module)) || /^os:(?:environ\.get|getenv)$/.test(pathOf(side.callee, module))
  const isOfEnvironment = /^(?:process\.env|os:environ|settings|config|app\.config|env)\./.test(path)
  if (/\.(?:digest|hexdigest)\(\)$/.test(path)) return true
  return (
    (isOfEnvironment && /key|secret|token|password/i.test(word)) ||
    (isSecretWord(word) && !/id$/i.test(word) && !/^(?:use|uses|is|has|should|needs)_/.test(snakeOf(word))) ||
    /^(?:expected|computed|calculated)_?(?:sig|signature|hmac|hash|digest|token|secret|key)?$/.test(snakeOf(word))
  )
}

const isSimple = (side: Expression): boolean => side.kind === 'name' || side.kind === 'member' || side.kind === 'call'

function randomFor(call: Expression, scene: Scene): boolean {
  return namesAround(scene, call).some(
    (name) =>
      FRESH.test(snakeOf(name)) ||
      /^(?:generate|create|make|new|random|get)_?(?:api_?key|token|secret|password|otp|session_?id|code|nonce)/.test(snakeOf(name)),
  )
}

const PASSWORD_HASHES =
  /^(?:crypto:createHash\(\)\.update|crypto:hash|hashlib:(?:md5|sha1|sha224|sha256|sha384|sha512|new)|md5:|sha1:|crypto-js:(?:MD5|SHA1|SHA256|SHA512))$/

function holdsPassword(call: Call): boolean {
  const isPassword = (one: Expression) => (one.kind === 'name' || one.kind === 'member') && isPasswordWord(wordOf(one))
  return call.args.some((argument) => argument.kind !== 'routine' && findInside(argument, isPassword) !== undefined)
}

const LOGGERS =
  /^console\.(?:log|info|debug|warn|error|trace)$|(?:^|[.:])(?:logger|log|logging)(?:\(\))?[.:](?:log|info|debug|warn|warning|error|verbose|silly|trace)$|^logging:(?:info|debug|warning|error|getLogger\(\)\.(?:info|debug|warning|error))$|^print$/

function loggedSecret(argument: Expression, module: Module): boolean {
  const isTold = (one: Expression): boolean => {
    if (one.kind === 'template') return one.parts.some((part) => typeof part !== 'string' && isTold(part))
    if (one.kind === 'operation' && one.operator === '+') return isTold(one.left) || isTold(one.right)
    if (one.kind === 'fields') return one.entries.some(({ value }) => isTold(value))
    if (one.kind !== 'name' && one.kind !== 'member') return false
    const word = wordOf(one)
    if (/headers\.authorization$/i.test(pathOf(one, module))) return true
    if (/^[A-Z]/.test(word) && !/^[A-Z0-9_]+$/.test(word)) return false
    return isSurelyCredentialWord(word) || isPasswordWord(word) || (snakeOf(word) === 'token' && speaksOfCredentials(module))
  }
  return isTold(argument)
}

const KEY_COLUMNS = /^\s*insert\s+into\s+["'`\w.]*(?:api_?keys?|tokens?|refresh_?tokens?)["'`]?\s*\(([^)]*)\)/i

export const secretRules: readonly CodeRule[] = [
  {
    id: 'code/secret-compared-plainly',
    what: 'A secret is compared with == or ===',
    why: 'The comparison ends at the first character that differs, so its time tells how much of a guess is right.',
    source: 'OWASP ASVS 5.0 §11.2.4',
    risk: 'medium',
    mend: 'Compare digests with crypto.timingSafeEqual (Node.js) or hmac.compare_digest (Python); better, look a key up by its digest.',
    languages: both,
    on: {
      operation: (operation, { module }) => {
        if (!EQUALITY.has(operation.operator)) return undefined
        const { left, right } = operation
        if (!isSimple(left) || !isSimple(right) || [left, right].some((side) => /\.length$/.test(pathOf(side, module)))) return undefined
        const fits = (arriving: Expression, kept: Expression) => arrives(arriving, module) && isKept(kept, module)
        return (fits(left, right) || fits(right, left)) && operation
      },
    },
  },
  {
    id: 'code/api-key-stored-raw',
    what: 'An API key or a token is stored as it is',
    why: 'Whoever reads the database, a backup or a log of it has every key.',
    source: 'OWASP ASVS 5.0 §11.4.1; Latchwork K3',
    risk: 'high',
    mend: 'Store its SHA-256 and compare digests: a random key needs no slow hash.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const shapes = call.args.map((argument) => shapeOf(argument, module) ?? '')
        const [, columns] = KEY_COLUMNS.exec(shapes.find((shape) => KEY_COLUMNS.test(shape)) ?? '') ?? []
        if (columns !== undefined) return isRawColumn(columns) && !speaksOf(module, /hash|digest/i) && call
        const isCreated = /(?:api_?keys?|(?:access|refresh|auth|personal_access)_?tokens?)\.(?:create|insert|insert_one|upsert)$/.test(snakePath(path))
        const fields = isCreated ? fieldsOf(call.args[0], module) : undefined
        const data = fieldsOf(fieldOf(fields, 'data'), module) ?? fields
        const kept =
          fieldOf(data, 'key', 'apiKey', 'api_key', 'token', 'secret') ??
          (isModel(path, module) ? (call.named.get('key') ?? call.named.get('token')) : undefined)
        return kept !== undefined && isRaw(kept, module) && call
      },
    },
  },
  {
    id: 'code/random-not-cryptographic',
    what: 'A secret is made from a random source that can be predicted',
    why: 'Math.random and Python’s random follow from a few of their outputs: the next key can be worked out.',
    source: 'OWASP ASVS 5.0 §11.5.1',
    risk: 'high',
    mend: 'Use crypto.randomBytes or crypto.getRandomValues; in Python the module secrets.',
    languages: both,
    on: {
      call: (call, scene, path) =>
        (path === 'Math.random' || /^random:(?:choice|choices|randint|random|randrange|sample|getrandbits)$/.test(path)) && randomFor(call, scene) && call,
    },
  },
  {
    id: 'code/password-hashed-fast',
    what: 'A password is hashed with a fast hash',
    why: 'A graphics card tries billions of them in a second: a stolen table is a list of passwords.',
    source: 'OWASP ASVS 5.0 §11.4.2',
    risk: 'high',
    mend: 'Use Argon2id, scrypt or bcrypt, with a salt for each.',
    languages: both,
    on: {
      call: (call, { module }, path) =>
        PASSWORD_HASHES.test(path) && holdsPassword(call) && !speaksOf(module, /pwned|hibp|breach|bcrypt|argon2|scrypt|pbkdf2/i) && call,
    },
  },
  {
    id: 'code/password-hash-too-cheap',
    what: 'A password hash is given too little work',
    why: 'The work is what a thief must pay for each guess.',
    source: 'OWASP ASVS 5.0 §11.4.2',
    risk: 'medium',
    mend: 'bcrypt with 10 rounds at least; PBKDF2-SHA256 with 600 000 iterations; better Argon2id.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const rounds = /^bcrypt(?:js)?:(?:hash|hashSync)$/.test(path)
          ? call.args[1]
          : /^bcrypt(?:js)?:(?:genSalt|genSaltSync|gensalt)$/.test(path)
            ? (call.args[0] ?? call.named.get('rounds'))
            : undefined
        if (rounds !== undefined) return (numberOf(rounds, module) ?? 10) < 10 && call
        const iterations = /^crypto:pbkdf2(?:Sync)?$/.test(path)
          ? call.args[2]
          : path === 'hashlib:pbkdf2_hmac'
            ? (call.args[3] ?? call.named.get('iterations'))
            : undefined
        const isOfPassword = call.args.slice(0, 2).some((argument) => findInside(argument, (one) => isPasswordWord(wordOf(one))) !== undefined)
        return isOfPassword && (numberOf(iterations, module) ?? 100_000) < 100_000 && call
      },
    },
  },
  {
    id: 'code/token-logged',
    what: 'A token, a key or a password is written to the log',
    why: 'Logs are copied, kept and read by many: each of them can be the bearer.',
    source: 'OWASP ASVS 5.0 §16.2.5',
    risk: 'medium',
    mend: 'Log its id or a fingerprint.',
    languages: both,
    on: {
      call: (call, { module }, path) => LOGGERS.test(path) && call.args.some((argument) => loggedSecret(argument, module)) && call,
    },
  },
]

const snakePath = (path: string): string => path.split('.').map(snakeOf).join('.')
const isModel = (path: string, module: Module): boolean =>
  module.language === 'python' && /(?:^|[.:])(?:ApiKey|APIKey|RefreshToken|AccessToken)(?:\.objects\.create)?$/.test(path)

function isRawColumn(columns: string): boolean {
  const names = columns.split(',').map((name) => snakeOf(name.trim().replaceAll(/["'`]/g, '')))
  return (
    names.some((name) => /^(?:key|api_key|token|secret|key_value|raw_key|access_token|refresh_token|value)$/.test(name)) &&
    !names.some((name) => /hash|digest/.test(name))
  )
}

function isRaw(kept: Expression, module: Module): boolean {
  const meant = meaningOf(kept, module)
  const speaks = (one: Expression) => /hash|digest|encrypt|seal|cipher|prefix|masked/i.test(wordOf(one))
  if (textOf(kept, module) !== undefined || meant.kind === 'constant') return false
  return (
    findInside(kept, speaks) === undefined &&
    findInside(meant, speaks) === undefined &&
    (kept.kind === 'name' || kept.kind === 'member' || kept.kind === 'call') &&
    (isCredentialWord(wordOf(kept)) || /key|token|secret|uuid|random/i.test(pathOf(kept, module)))
  )
}
