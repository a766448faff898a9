/** How tokens are made. */
import { both, type CodeRule, namesAround } from '../code-rule.ts'
import { type Call, type Expression, findInside } from '../expression.ts'
import { fieldsOf, type Module, meaningOf, numberOf, optionOf, pathOf, speaksOf, textOf } from '../module.ts'
import { isPlaceholder, isSecretWord, snakeOf } from '../words.ts'

const LONGEST_SECONDS = 30 * 24 * 3600
const JWT_MODULES = /^(?:jsonwebtoken|jose|jwt|@nestjs\/jwt|@fastify\/jwt|koa-jwt|express-jwt|flask_jwt_extended|rest_framework_simplejwt.*|hono\/jwt)$/

const makesTokens = ({ modules }: Module): boolean => [...modules].some((name) => JWT_MODULES.test(name))

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_557_600 }

/** `'365d'`, `'1 year'`, `86400 * 365`. */
export function secondsOf(expression: Expression, module: Module): number | undefined {
  const number = numberOf(expression, module)
  if (number !== undefined) return number
  const [, amount, unit = ''] = /^\+?(\d+(?:\.\d+)?) ?([smhdwy])[a-z]*$/i.exec(textOf(expression, module)?.trim() ?? '') ?? []
  return amount === undefined ? undefined : Number(amount) * (unitSeconds[unit.toLowerCase()] ?? 0)
}

const keyPositions: readonly (readonly [RegExp, number])[] = [
  [/^jsonwebtoken:(?:sign|verify)$/, 1],
  [/^(?:jwt:|jose:jwt\.)(?:encode|decode)$/, 1],
  [/^hono\/jwt:(?:sign|verify)$/, 1],
]
const keyOptions: readonly (readonly [RegExp, number, readonly string[]])[] = [
  [/^(?:express-jwt:(?:expressjwt|jwt)?|koa-jwt:|hono\/jwt:jwt)$/, 0, ['secret']],
  [/^passport-jwt:Strategy$/, 0, ['secretOrKey']],
  [/^@nestjs\/jwt:JwtModule\.register$/, 0, ['secret']],
]

/** Where a call takes its signing key. */
function keyOf(call: Call, path: string, module: Module): Expression | undefined {
  for (const [pattern, position] of keyPositions) if (pattern.test(path)) return call.named.get('key') ?? call.args[position]
  for (const [pattern, position, names] of keyOptions) {
    const option = pattern.test(path) ? optionOf(call, position, names, module) : 'absent'
    if (typeof option !== 'string') return option
  }
  const isEncoded = /TextEncoder\(\)\.encode$|^buffer:Buffer\.from$|^Buffer\.from$/.test(path) && module.modules.has('jose')
  if (isEncoded) return call.args[0]
  return /\.register$/.test(path) && call.args[0] !== undefined && pathOf(call.args[0], module) === '@fastify/jwt:' ? secretOption(call, module) : undefined
}

function secretOption(call: Call, module: Module): Expression | undefined {
  const option = optionOf(call, 1, ['secret'], module)
  return typeof option === 'string' ? undefined : option
}

function isConstantSecret(key: Expression | undefined, module: Module): boolean {
  const text = textOf(key, module)
  return text !== undefined && text.trim() !== '' && !/BEGIN (?:PUBLIC KEY|CERTIFICATE|RSA PUBLIC)/.test(text)
}

/** The payload, and whether everything in it can be seen. */
function lacksExpiry(payload: Expression | undefined, module: Module): boolean {
  if (payload === undefined) return false
  const fields = fieldsOf(payload, module)
  if (fields !== undefined && !fields.isOpen) return !fields.entries.some(({ key }) => key === 'exp') && !assignsExpiry(module)
  return !speaksOf(module, /^(?:exp|expires?|expiresIn|expires_?(?:in|at|delta))$/i)
}

/** `payload.exp = …`, `payload["exp"] = …`, `payload.update({"exp": …})` somewhere in the file. */
const assignsExpiry = (module: Module): boolean => module.words.has('exp')

const PERSONAL =
  /^(?:password|password_?hash|passwd|pwd|hashed_?password|ssn|social_security_number|credit_?card|card_?number|cvv|secret|api_?key|private_?key|refresh_?token|date_of_birth|birth_?date)$/

export const jwtIssuanceRules: readonly CodeRule[] = [
  {
    id: 'code/jwt-lives-long',
    what: 'A JWT is made to live longer than 30 days',
    why: 'It cannot be called back: whoever copies it is that person until it expires.',
    source: 'RFC 9700 §2.2; Latchwork J4',
    risk: 'medium',
    mend: 'Let access tokens live minutes and refresh them; for programs use an API key, which can be revoked.',
    languages: both,
    on: {
      fields: (fields, scene) => {
        const entry = fields.entries.find(({ key }) => key === 'expiresIn')
        if (entry === undefined || !makesTokens(scene.module) || isRefresh(fields, scene.ancestors, scene.module)) return undefined
        return (secondsOf(entry.value, scene.module) ?? 0) > LONGEST_SECONDS && entry.value
      },
      call: (call, scene, path) => {
        const { module } = scene
        if (/^jose:SignJWT\(\).*\.setExpirationTime$/.test(path) && call.args[0] !== undefined)
          return textOf(call.args[0], module) !== undefined && (secondsOf(call.args[0], module) ?? 0) > LONGEST_SECONDS && call
        if (!/^datetime:(?:datetime\.)?timedelta$/.test(path) || !makesTokens(module)) return undefined
        const days = (numberOf(call.named.get('days') ?? call.args[0], module) ?? 0) + 7 * (numberOf(call.named.get('weeks'), module) ?? 0)
        const names = namesAround(scene, call)
        const isExpiry = names.some((name) => /exp|token|lifetime|jwt/i.test(name)) && !names.some((name) => /refresh/i.test(name))
        return days > 30 && isExpiry && call
      },
    },
  },
  {
    id: 'code/jwt-never-expires',
    what: 'A JWT is made without an expiry',
    why: 'A copy of it is good until the signing key is changed for everybody.',
    source: 'RFC 8725 §3.12; OWASP ASVS 5.0 §9.2.1',
    risk: 'high',
    mend: "Give expiresIn: '10m' (jsonwebtoken), setExpirationTime('10m') (jose) or an exp claim (PyJWT).",
    languages: both,
    on: {
      call: (call, { module }, path) => {
        if (/^jose:SignJWT\(\).*\.sign$/.test(path)) return !path.includes('setExpirationTime') && !module.words.has('exp') && call
        if (path === 'jsonwebtoken:sign') {
          const option = optionOf(call, 2, ['expiresIn'], module)
          return option === 'absent' && call.args.length > 1 && lacksExpiry(call.args[0], module) && call
        }
        return /^(?:jwt:|jose:jwt\.)encode$/.test(path) && lacksExpiry(call.args[0] ?? call.named.get('payload'), module) && call
      },
    },
  },
  {
    id: 'code/jwt-secret-hard-coded',
    what: 'The secret that signs tokens stands in the code',
    why: 'Whoever sees the repository, an image or a stack trace can sign tokens for anybody.',
    source: 'OWASP ASVS 5.0 §13.3.1; RFC 8725 §3.5',
    risk: 'high',
    mend: 'Read it from a file or a secret store, refuse to start without it, and roll it: it is known.',
    languages: both,
    hidesTexts: true,
    on: {
      call: (call, { module }, path) => {
        const key = keyOf(call, path, module)
        return isConstantSecret(key, module) && key !== undefined && { ...meaningOf(key, module), start: call.start, end: call.end }
      },
      assignment: (assignment, { module }) => {
        const path = pathOf(assignment.target, module)
        return (
          /(?:^|\.)(?:config\.)?JWT_SECRET_KEY$/.test(path) &&
          isConstantSecret(assignment.value, module) &&
          !isPlaceholder(textOf(assignment.value, module) ?? '') &&
          assignment
        )
      },
    },
  },
  {
    id: 'code/secret-with-default',
    what: 'A secret has a default in the code',
    why: 'The day the variable is not set, everything goes on with a value that everybody knows.',
    source: 'OWASP ASVS 5.0 §13.3.1',
    risk: 'high',
    mend: 'Refuse to start when the variable is missing.',
    languages: both,
    hidesTexts: true,
    on: {
      operation: (operation, { module }) => {
        if (operation.operator !== '||' && operation.operator !== '??') return undefined
        const [, name = ''] = /^process\.env\.(\w+)$/.exec(pathOf(operation.left, module)) ?? []
        return isServerSecret(name) && hasText(operation.right, module) && operation
      },
      call: (call, { module }, path) => {
        if (!/^os:(?:environ\.get|getenv)$|^decouple:config$/.test(path)) return undefined
        const fallback = call.args[1] ?? call.named.get('default')
        return fallback !== undefined && isServerSecret(textOf(call.args[0], module) ?? '') && hasText(fallback, module) && call
      },
    },
  },
  {
    id: 'code/session-secret-hard-coded',
    what: 'The secret that signs session cookies stands in the code',
    why: 'Whoever sees the code can write a session for anybody.',
    source: 'OWASP ASVS 5.0 §13.3.1',
    risk: 'high',
    mend: 'Read it from a file or a secret store, refuse to start without it, and roll it.',
    languages: both,
    hidesTexts: true,
    on: {
      call: (call, { module }, path) => {
        const names = /^express-session:$/.test(path) ? ['secret'] : /^cookie-session:$/.test(path) ? ['secret', 'keys'] : []
        const option = names.length === 0 ? 'absent' : optionOf(call, 0, names, module)
        if (typeof option !== 'string') return secretTexts(option, module) && call
        const isMiddleware = /\.add_middleware$/.test(path) && call.args.some((argument) => /SessionMiddleware$/.test(pathOf(argument, module)))
        return isMiddleware && hasText(call.named.get('secret_key'), module) && call
      },
      assignment: (assignment, { module }) => {
        if (module.language !== 'python') return undefined
        const path = pathOf(assignment.target, module)
        const isFlask =
          /flask:Flask\(\)\.(?:secret_key|config\.SECRET_KEY)$/.test(path) ||
          (/^app\.(?:secret_key|config\.SECRET_KEY)$/.test(path) && module.modules.has('flask'))
        const isDjango = path === 'SECRET_KEY' && (module.words.has('INSTALLED_APPS') || module.words.has('ALLOWED_HOSTS'))
        return (isFlask || isDjango) && hasText(assignment.value, module) && assignment
      },
    },
  },
  {
    id: 'code/jwt-holds-personal-data',
    what: 'A secret or sensitive personal data is put into a JWT',
    why: 'A JWT is signed, not sealed: the browser, every proxy and every log on its way can read it.',
    source: 'RFC 7519 §12; OWASP ASVS 5.0 §9.2',
    risk: 'high',
    mend: 'Put the identifier of the person in, and look the rest up.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        if (
          !/^(?:jsonwebtoken:sign|jwt:encode|jose:jwt\.encode|jose:SignJWT|hono\/jwt:sign)$|JwtService\(\)\.sign(?:Async)?$|this\.jwtService\.sign(?:Async)?$/.test(
            path,
          )
        )
          return undefined
        const fields = fieldsOf(call.args[0] ?? call.named.get('payload'), module)
        return fields?.entries.find(({ key }) => PERSONAL.test(snakeOf(key)))?.value
      },
    },
  },
]

function isRefresh(fields: Expression, ancestors: readonly Expression[], module: Module): boolean {
  const names = namesAround({ ancestors, module }, fields)
  const call = ancestors.at(-1)
  const speaks =
    call?.kind === 'call' &&
    findInside(call, (one) => (one.kind === 'name' && /refresh/i.test(one.id)) || (one.kind === 'member' && /refresh/i.test(one.property ?? ''))) !== undefined
  return speaks || names.some((name) => /refresh/i.test(name))
}

const isServerSecret = (name: string): boolean =>
  (isSecretWord(name) || /(?:^|_)(?:SECRET|PRIVATE_KEY|SIGNING_KEY|SESSION_KEY)(?:_|$)/.test(name)) && !/PUBLIC|PUBLISHABLE|SITE_KEY/.test(name)

function hasText(expression: Expression | undefined, module: Module): boolean {
  const text = textOf(expression, module)
  return text !== undefined && text.trim().length > 2
}

function secretTexts(option: Expression, module: Module): boolean {
  const meant = meaningOf(option, module)
  return meant.kind === 'list' ? meant.items.some((item) => hasText(item, module)) : hasText(meant, module)
}
