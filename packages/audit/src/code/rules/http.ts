/** What goes over the wire, and who may read it. */
import { both, type CodeRule, type Scene } from '../code-rule.ts'
import { type Call, type Expression, type Fields, findInside, type Template } from '../expression.ts'
import { fieldOf, fieldsOf, isConstant, type Module, meaningOf, type Option, optionOf, pathOf, shapeOf, speaksOf, textOf, textsOf, wordOf } from '../module.ts'
import { isSessionCookie, snakeOf } from '../words.ts'

const QUERY_NAME = /[?&](access_token|id_token|refresh_token|jwt|api_?key|client_secret|auth_token|session_token|token)=$/i

/** A token put into an address. */
function tokenInAddress({ parts }: Template): boolean {
  return parts.some((part, index) => {
    const next = parts[index + 1]
    const [, name = ''] = typeof part === 'string' ? (QUERY_NAME.exec(part) ?? []) : []
    if (name === '' || next === undefined || typeof next === 'string') return false
    return name.toLowerCase() !== 'token' || isSecretToken(next)
  })
}

/** `?token=` also carries what is made to be sent in a mail and used once. */
function isSecretToken(inserted: Expression): boolean {
  const inner = inserted.kind === 'call' ? (inserted.args[0] ?? inserted) : inserted
  return /^(?:access|auth|jwt|bearer|session|id|user|login|api)_?(?:token)?$|^jwt$/.test(snakeOf(wordOf(inner)))
}

interface CookieCall {
  readonly name: string
  readonly option: (names: readonly string[]) => Option
  /** Koa sets HttpOnly unless told otherwise. */
  readonly isHttpOnlyByDefault: boolean
}

/** A call that sets a cookie which lets its bearer in. */
function cookieOf(call: Call, path: string, module: Module): CookieCall | undefined {
  const isKoa = /(?:^|\.)(?:ctx|context)\.cookies\.set$/.test(path)
  const isNext = /^next\/headers:cookies\(\)\.set$|(?:^|[.)])cookies\.set$/.test(path)
  if (!isKoa && !isNext && !/\.(?:cookie|setCookie|set_cookie)$/.test(path)) return undefined
  const name = textOf(call.args[0] ?? call.named.get('key') ?? call.named.get('name'), module)
  const value = call.args[1] ?? call.named.get('value')
  if (name === undefined || !isSessionCookie(name) || value === undefined || textOf(value, module) === '') return undefined
  if (isConstant(value, module, null) || endsCookie(call, module)) return undefined
  return { name, option: (names) => optionOf(call, 2, names, module), isHttpOnlyByDefault: isKoa }
}

function endsCookie(call: Call, module: Module): boolean {
  const age = optionOf(call, 2, ['maxAge', 'max_age'], module)
  return typeof age !== 'string' && age.kind === 'number' && age.value <= 0
}

function isOff(option: Option, module: Module): boolean {
  return option === 'absent' || (option !== 'unknown' && isConstant(option, module, false))
}

function cookieRule(
  text: Omit<CodeRule, 'languages' | 'on'>,
  options: readonly string[],
  isWrong: (cookie: CookieCall, option: Option, module: Module) => boolean,
  sessionOption: string,
): CodeRule {
  return {
    ...text,
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const cookie = cookieOf(call, path, module)
        if (cookie !== undefined) return isWrong(cookie, cookie.option(options), module) && call
        if (!/^(?:express-session|cookie-session):$/.test(path)) return undefined
        const given = optionOf(call, 0, ['cookie'], module)
        const fields = typeof given === 'string' ? undefined : fieldsOf(given, module)
        const value = fieldOf(fields, sessionOption)
        return value !== undefined && isConstant(value, module, false) && value
      },
    },
  }
}

const isAnyOrigin = (value: Expression | undefined, module: Module): boolean =>
  value !== undefined && (isConstant(value, module, true) || (textsOf(value, module)?.includes('*') ?? false) || reflects(value))

/** `(origin, callback) => callback(null, true)`. */
function reflects(value: Expression): boolean {
  if (value.kind !== 'routine' || value.body.length !== 1) return false
  const [body] = value.body
  const [only] = body?.kind === 'other' && body.children.length === 1 ? body.children : [body]
  const call = only?.kind === 'other' && only.children.length === 1 ? only.children[0] : only
  const [error, answer] = call?.kind === 'call' ? call.args : []
  return error?.kind === 'constant' && answer?.kind === 'constant' && answer.value === true
}

const REQUESTS =
  /^(?:fetch|axios:(?:get|post|put|patch|delete|request|create)?|got:\w*|ky:\w*|node-fetch:|undici:(?:fetch|request)|requests:(?:get|post|put|patch|delete|request|Session\(\)\.\w+)|httpx:(?:get|post|put|patch|delete|request|(?:Async)?Client\(\)\.\w+))$/
const LOCAL =
  /^http:\/\/(?:localhost|127\.|0\.0\.0\.0|\[::1?\]|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|host\.docker\.internal|[^/.:\uFFFC]+(?:[:/]|$)|[^/:]*\.(?:local|internal|localhost|test|svc)\b|\uFFFC)/

function carriesCredential(call: Call, module: Module): boolean {
  if (call.named.has('auth')) return true
  const holds = (fields: Fields): boolean => fields.entries.some(({ key }) => /^(?:authorization|x-api-key|api-key)$/i.test(key))
  const fits = (one: Expression): boolean => one.kind === 'fields' && holds(one)
  return [...call.args, ...call.named.values()].some((given) => findInside(meaningOf(given, module), fits) !== undefined)
}

export const httpRules: readonly CodeRule[] = [
  {
    id: 'code/token-in-url',
    what: 'A token or a key is put into an address',
    why: 'Addresses stand in histories, logs of proxies and referrers.',
    source: 'RFC 9700 §4.3.2; RFC 6750 §5.3',
    risk: 'high',
    mend: 'Send it in the Authorization header.',
    languages: both,
    on: {
      template: (template, scene) => tokenInAddress(template) && !isForeignApi(template) && !isWithinPattern(scene) && template,
      operation: (operation, { module, ancestors }) => {
        if (operation.operator !== '+' || ancestors.at(-1)?.kind === 'operation') return undefined
        const shape = shapeOf(operation, module) ?? ''
        return /[?&](?:access_token|id_token|refresh_token|jwt|auth_token|session_token)=\uFFFC/.test(shape) && operation
      },
      fields: (fields, { module, ancestors }) => {
        const parent = ancestors.at(-1)
        const isQuery =
          (parent?.kind === 'fields' && parent.entries.some(({ key, value }) => key === 'params' && value === fields)) ||
          (parent?.kind === 'call' && parent.named.get('params') === fields)
        return isQuery && fields.entries.find(({ key, value }) => /^(?:access_token|id_token|jwt)$/.test(key) && textOf(value, module) === undefined)?.value
      },
    },
  },
  {
    id: 'code/token-read-from-query',
    what: 'A token or a key is taken from the query of a request',
    why: 'Whoever sends it there leaves it in histories, logs and referrers.',
    source: 'RFC 9700 §4.3.2; RFC 6750 §5.3',
    risk: 'medium',
    mend: 'Take it from the Authorization header alone, and refuse it elsewhere.',
    languages: both,
    on: {
      member: (member, { module }) =>
        /^(?:req|request|ctx|ctx\.request|context)\.(?:query|query_params)\.(?:access_token|accessToken|api_?key|apiKey|jwt|auth_token|authToken)$|^(?:flask:request)\.args\.(?:access_token|api_?key|jwt)$/.test(
          pathOf(member, module),
        ) && member,
      call: (call, { module }, path) => {
        if (path === 'passport-jwt:ExtractJwt.fromUrlQueryParameter' || /^fastapi\.security(?:\.api_key)?:APIKeyQuery$/.test(path)) return call
        const reads = /(?:request\.args|\.query_params|request\.GET|searchParams)\.get$/.test(path)
        return reads && /^(?:access_token|api_?key|jwt|auth_token)$/.test(textOf(call.args[0], module) ?? '') && !/location/.test(path) && call
      },
    },
  },
  {
    id: 'code/cors-any-origin-with-credentials',
    what: 'Every origin may call with cookies',
    why: 'Any site a person visits can act with their session and read the answers.',
    source: 'OWASP ASVS 5.0 §3.4.2',
    risk: 'high',
    mend: 'List the origins of your own front ends, or do without credentials.',
    languages: both,
    on: {
      fields: (fields, { module }) => {
        const origin = fieldOf(fields, 'origin')
        return isAnyOrigin(origin, module) && isConstant(fieldOf(fields, 'credentials'), module, true) && origin
      },
      call: (call, { module }, path) => {
        const origins = call.named.get('allow_origins') ?? (/flask_cors:CORS$/.test(path) ? call.named.get('origins') : undefined)
        const isAny = isAnyOrigin(origins, module) || /^\^?\.[*+]\$?$/.test(textOf(call.named.get('allow_origin_regex'), module) ?? '')
        const hasCredentials = isConstant(call.named.get('allow_credentials') ?? call.named.get('supports_credentials'), module, true)
        if (isAny && hasCredentials) return call
        const [name, value] = call.args
        const isHeader = /\.(?:setHeader|header|set|append)$/.test(path) && textOf(name, module)?.toLowerCase() === 'access-control-allow-origin'
        const isEcho = isHeader && value !== undefined && /headers\.origin$|headers\.get\(\)$|\.get\(\)$|\.header\(\)$/.test(pathOf(value, module))
        return (
          isEcho &&
          speaksOf(module, /^access-control-allow-credentials$/i) &&
          !speaksOf(module, /allow(?:ed)?_?(?:list|origins?)|white_?list|^includes$|^has$/i) &&
          call
        )
      },
    },
  },
  cookieRule(
    {
      id: 'code/cookie-not-http-only',
      what: 'A session cookie is set without HttpOnly',
      why: 'Every script of the page can read it.',
      source: 'OWASP ASVS 5.0 §3.3.4',
      risk: 'high',
      mend: 'Set httpOnly: true (Python: httponly=True).',
    },
    ['httpOnly', 'httponly'],
    (cookie, option, module) => (option === 'absent' ? !cookie.isHttpOnlyByDefault : isOff(option, module)),
    'httpOnly',
  ),
  cookieRule(
    {
      id: 'code/cookie-not-secure',
      what: 'A session cookie is set without Secure',
      why: 'It travels over plain http as well, where others read it.',
      source: 'OWASP ASVS 5.0 §3.3.1',
      risk: 'medium',
      mend: 'Set secure: true and begin its name with __Host-.',
    },
    ['secure'],
    (_cookie, option, module) => isOff(option, module),
    'secure',
  ),
  cookieRule(
    {
      id: 'code/cookie-same-site-missing',
      what: 'A session cookie is set without SameSite',
      why: 'What a browser does then depends on the browser; other sites may make it be sent.',
      source: 'OWASP ASVS 5.0 §3.3.2',
      risk: 'low',
      mend: "Set sameSite: 'lax', or 'strict' for cookies that change things.",
    },
    ['sameSite', 'samesite'],
    (_cookie, option, module) => isOff(option, module),
    'sameSite',
  ),
  {
    id: 'code/tls-verification-off',
    what: 'The verification of TLS certificates is turned off',
    why: 'Whoever stands on the way can be the other side, and reads every token.',
    source: 'RFC 6749 §1.6; OWASP ASVS 5.0 §12.3.2',
    risk: 'high',
    mend: 'Give the authority of an internal peer as ca (Node.js) or verify="ca.pem" (Python).',
    languages: both,
    on: {
      fields: ({ entries }, { module }) =>
        entries.find(
          ({ key, value }) =>
            // A server that asks for certificates and judges them itself says so too.
            (key === 'rejectUnauthorized' && isConstant(value, module, false) && !entries.some((other) => other.key === 'requestCert')) ||
            (key === 'NODE_TLS_REJECT_UNAUTHORIZED' && textOf(value, module) === '0'),
        )?.value,
      assignment: (assignment, { module }) => {
        const path = pathOf(assignment.target, module)
        if (/process\.env\.NODE_TLS_REJECT_UNAUTHORIZED$/.test(path))
          return (textOf(assignment.value, module) === '0' || assignment.value.kind === 'number') && assignment
        if (/(?:^|\.)rejectUnauthorized$/.test(path) || /^requests:Session\(\)\.verify$/.test(path))
          return isConstant(assignment.value, module, false) && assignment
        return /verify_mode$/.test(path) && pathOf(assignment.value, module) === 'ssl:CERT_NONE' && assignment
      },
      call: (call, { module }, path) => {
        if (/^ssl:_create_unverified_context$/.test(path)) return call
        const isClient = /^(?:requests|httpx|urllib3|aiohttp):/.test(path)
        return (
          isClient &&
          (isConstant(call.named.get('verify'), module, false) || isConstant(call.named.get('ssl') ?? call.named.get('verify_ssl'), module, false)) &&
          call
        )
      },
    },
  },
  {
    id: 'code/credentials-over-http',
    what: 'A credential is sent over plain http',
    why: 'Everybody on the way can read it.',
    source: 'RFC 6750 §5.3; RFC 9700 §2.6',
    risk: 'high',
    mend: 'Use the https address.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const [address] = call.args
        const shape = address === undefined ? '' : (shapeOf(address, module) ?? '')
        return REQUESTS.test(path) && shape.startsWith('http://') && !LOCAL.test(shape) && carriesCredential(call, module) && call
      },
    },
  },
]

/** APIs of others that take their key in no other way are not for their caller to mend. */
function isForeignApi({ parts }: Template): boolean {
  const [first] = parts
  return (
    typeof first === 'string' &&
    /^(?:https?:|wss?:)?\/\/[\w.-]*(?:googleapis\.com|telegram\.org|openweathermap\.org|mapbox\.com|graph\.facebook\.com|nasa\.gov)/.test(first)
  )
}

/** Part of a regular expression's source. */
function isWithinPattern({ ancestors, module }: Scene): boolean {
  const parent = ancestors.at(-1)
  return parent?.kind === 'call' && /(?:^|[.:])(?:RegExp|compile)$/.test(pathOf(parent.callee, module))
}
