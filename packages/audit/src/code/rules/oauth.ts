/** How applications ask for authorization, and how servers send people back. */
import { both, type CodeRule, type Scene } from '../code-rule.ts'
import type { Expression } from '../expression.ts'
import { findInside } from '../expression.ts'
import { fieldOf, type Module, meaningOf, optionOf, pathOf, shapeOf, speaksOf, textOf, textsOf, wordOf } from '../module.ts'
import { snakeOf } from '../words.ts'

/** An authorization request, written as an address or as its parameters. */
function asksForCode(node: Expression, { module, ancestors }: Scene): boolean {
  if (node.kind === 'fields') {
    const type = textOf(fieldOf(node, 'response_type'), module)
    return type === 'code' && fieldOf(node, 'client_id', 'redirect_uri') !== undefined && !node.isOpen
  }
  const parent = ancestors.at(-1)
  if (parent?.kind === 'operation' || parent?.kind === 'template') return false
  const shape = shapeOf(node, module) ?? ''
  return /[?&]response_type=code(?:&|$)/.test(shape) && shape.includes('client_id=') && isAddress(shape)
}

/** Not a sentence, a snippet of documentation or a pattern. */
const isAddress = (shape: string): boolean => !/[\n<>()|]/.test(shape) && /^(?:https?:|\uFFFC|\/|\?)/.test(shape)

const strategies =
  /^passport-(?:oauth2?|google-oauth20|github2?|facebook|gitlab2|linkedin-oauth2|discord|azure-ad-oauth2|auth0|microsoft|slack-oauth2|twitter-oauth2|spotify|bitbucket-oauth2):?\w*(?:Strategy|OAuth2Strategy)?$/

function requestRule(text: Omit<CodeRule, 'languages' | 'on'>, spoken: RegExp, strategyOptions: readonly string[]): CodeRule {
  const check = (node: Expression, scene: Scene) => asksForCode(node, scene) && !speaksOf(scene.module, spoken) && node
  return {
    ...text,
    languages: both,
    on: {
      text: check,
      template: check,
      operation: check,
      fields: check,
      call: (call, { module }, path) =>
        strategyOptions.length > 0 && strategies.test(path) && optionOf(call, 0, strategyOptions, module) === 'absent' && call.args.length > 0 && call,
    },
  }
}

const REDIRECT_LIST = /^(?:(?:allowed|valid|registered|post_logout)_)?(?:redirect|callback)_?(?:uri|url)s?$/

/** `redirect_uris: ['https://*.example.com']`. */
function isWildcard(name: string, value: Expression, module: Module): boolean {
  if (!REDIRECT_LIST.test(snakeOf(name))) return false
  return textsOf(value, module)?.some((text) => text.includes('*')) ?? false
}

const isAllowedAnywhere = (one: Expression, module: Module): boolean => {
  const path = pathOf(one, module)
  const isParameter =
    /^(?:req|request|ctx|context|c)\.(?:request\.)?(?:query|params|body|args)\.(?:get\(\)|\w+)$|^(?:req|c)\.(?:req\.)?query\(\)$|^flask:request\.(?:args|values|form)\.(?:get\(\)|\w+)$|\.(?:query_params|args|GET)\.get\(\)$/.test(
      path,
    )
  return isParameter && !/\.params\.(?:id|slug|name)$/.test(path)
}

export const oauthRules: readonly CodeRule[] = [
  {
    id: 'code/oauth-implicit-flow',
    what: 'The implicit flow is used',
    why: 'The access token comes in an address: it leaks by history, logs and referrers, and can be injected.',
    source: 'RFC 9700 §2.1.2',
    risk: 'high',
    mend: 'Use response_type=code with PKCE.',
    languages: both,
    on: {
      text: implicit,
      template: implicit,
      operation: implicit,
      fields: (fields, { module }) => {
        const value = fieldOf(fields, 'response_type', 'responseType')
        const isRequest =
          value !== undefined &&
          fieldOf(fields, 'client_id', 'clientId', 'clientID', 'redirect_uri', 'redirectUri', 'authority', 'domain', 'scope') !== undefined
        return isRequest && /(?:^|\s)token(?:\s|$)/.test(textOf(value, module) ?? '') && value
      },
      call: (call, { module }, path) =>
        /\.(?:append|set)$/.test(path) &&
        textOf(call.args[0], module) === 'response_type' &&
        /(?:^|\s)token(?:\s|$)/.test(textOf(call.args[1], module) ?? '') &&
        call,
    },
  },
  {
    id: 'code/oauth-password-grant',
    what: "The password grant is used: the application handles people's passwords",
    why: 'It trains people to type their password anywhere, and shuts out second factors and passkeys.',
    source: 'RFC 9700 §2.4',
    risk: 'high',
    mend: 'Use the authorization code flow with PKCE; for a program use client credentials or an API key.',
    languages: both,
    on: {
      fields: (fields, { module }) => {
        const value = fieldOf(fields, 'grant_type', 'grantType')
        return textOf(value, module) === 'password' && value
      },
      call: (call, { module }, path) => {
        if (path === 'oauthlib.oauth2:LegacyApplicationClient') return call
        return /\.(?:append|set)$/.test(path) && textOf(call.args[0], module) === 'grant_type' && textOf(call.args[1], module) === 'password' && call
      },
      text: passwordForm,
      template: passwordForm,
    },
  },
  requestRule(
    {
      id: 'code/oauth-state-missing',
      what: 'An authorization request is made without state',
      why: 'Then another person can have their code or account put into the session of a visitor (login CSRF).',
      source: 'RFC 9700 §2.1, §4.7',
      risk: 'medium',
      mend: 'Send a random state bound to the browser and compare it on return; PKCE or an OpenID nonce protects as well.',
    },
    /^state$|(?:^|[?&])state=|code_?challenge|nonce/i,
    ['state', 'store', 'pkce'],
  ),
  requestRule(
    {
      id: 'code/oauth-pkce-missing',
      what: 'The authorization code flow is used without PKCE',
      why: 'A code that is stolen on its way back, or injected, can be redeemed.',
      source: 'RFC 9700 §2.1.1; RFC 7636',
      risk: 'medium',
      mend: 'Send code_challenge with code_challenge_method=S256, and code_verifier with the code.',
    },
    /code_?challenge|code_?verifier|pkce/i,
    [],
  ),
  {
    id: 'code/redirect-uri-wildcard',
    what: 'A redirect URI holds a wildcard',
    why: 'Whoever gets a page under the pattern, by an open redirect or a forgotten host, gets the codes.',
    source: 'RFC 9700 §2.1, §4.1.1',
    risk: 'high',
    mend: 'Register each address whole; they are compared character by character.',
    languages: both,
    on: {
      fields: (fields, { module }) => fields.entries.find(({ key, value }) => isWildcard(key, value, module))?.value,
      assignment: ({ target, value }, { module }) => isWildcard(wordOf(target), value, module) && value,
      call: (call, { module }) => [...call.named].find(([name, value]) => isWildcard(name, value, module))?.[1],
    },
  },
  {
    id: 'code/redirect-uri-compared-loosely',
    what: 'A redirect URI is compared by its beginning, its end or a part',
    why: 'https://app.example.com.evil.example begins like https://app.example.com: the code goes to the attacker.',
    source: 'RFC 9700 §2.1, §4.1.3',
    risk: 'high',
    mend: 'Compare with === against the registered addresses.',
    languages: both,
    on: {
      call: (call, { module }) => {
        const { callee } = call
        if (callee.kind !== 'member' || !/^(?:startsWith|endsWith|includes|indexOf|startswith|endswith|match)$/.test(callee.property ?? '')) return undefined
        if (!/^(?:redirect_ur[il]|callback_url)$/.test(snakeOf(wordOf(callee.of)))) return undefined
        const [compared] = call.args
        return compared !== undefined && !isForm(compared, module) && call
      },
    },
  },
  {
    id: 'code/open-redirector',
    what: 'People are redirected to wherever the request says',
    why: 'An open redirector on a host whose addresses are registered lends its name to phishing and leaks codes and tokens.',
    source: 'RFC 9700 §4.11; OWASP ASVS 5.0 §3.7.2',
    risk: 'medium',
    mend: 'Redirect to a path of your own, or compare the whole address with a list.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        if (!/(?:^|[.:])(?:redirect|RedirectResponse|HttpResponseRedirect)$/.test(path)) return undefined
        const targets = [...call.args, ...[call.named.get('url')].filter((one) => one !== undefined)]
        return targets.some((target) => isAllowedAnywhere(meaningOf(target, module), module)) && !hasCheck(targets, module) && call
      },
    },
  },
  {
    id: 'code/oauth-insecure-requests-allowed',
    what: 'An OAuth library is told to speak plain http',
    why: 'Codes, secrets and tokens can be read and changed on their way.',
    source: 'RFC 9700 §2.6; RFC 6749 §1.6',
    risk: 'medium',
    mend: 'Take the switch away; for development use https on localhost or a library that allows loopback alone.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const asks = call.args.some(
          (argument) => findInside(argument, (one) => one.kind === 'member' && pathOf(one, module) === 'openid-client:allowInsecureRequests') !== undefined,
        )
        if (/^openid-client:/.test(path) && asks) return call
        const isSet = /^os:environ\.(?:setdefault|__setitem__)$/.test(path) && textOf(call.args[0], module) === 'OAUTHLIB_INSECURE_TRANSPORT'
        if (isSet) return call
        const discovers = /^openid-client:(?:Issuer\.discover|discovery)$/.test(path) && call.args[0] !== undefined
        return discovers && isPlainHttp(call.args[0] as Expression, module) && call
      },
      assignment: (assignment, { module }) => pathOf(assignment.target, module) === 'os:environ.OAUTHLIB_INSECURE_TRANSPORT' && assignment,
      fields: (fields, { module }) => fields.entries.find(({ key, value }) => isInsecureSwitch(key, value, module))?.value,
    },
  },
]

function isInsecureSwitch(key: string, value: Expression, module: Module): boolean {
  const meant = meaningOf(value, module)
  return /allowInsecureRequests$/.test(key) && meant.kind === 'constant' && meant.value === true
}

function isPlainHttp(expression: Expression, module: Module): boolean {
  const meant = meaningOf(expression, module)
  const inner = meant.kind === 'call' && pathOf(meant.callee, module) === 'URL' ? meant.args[0] : meant
  return inner !== undefined && /^http:\/\/(?!localhost|127\.|\[::1\])/.test(shapeOf(inner, module) ?? '')
}

/** What is asked of the form of an address, and no comparison of whom it leads to. */
function isForm(compared: Expression, module: Module): boolean {
  const text = textOf(compared, module)
  return text !== undefined && /^(?:[?#&/]|:\/\/|\/\/|https?:?(?:\/\/)?|[a-z][a-z0-9+.-]*:|#!?\/?|\.\.)$/i.test(text)
}

/** The file compares what it redirects to with something. */
function hasCheck(targets: readonly Expression[], module: Module): boolean {
  const words = new Set(targets.map((target) => wordOf(target)).filter((word) => word !== ''))
  const speaks = speaksOf(
    module,
    /allow_?list|allowed_?(?:redirect|host|origin|url)|white_?list|is_?safe|url_has_allowed|validate_?(?:redirect|url|return)|sanitize|safe_?(?:redirect|url|next)/i,
  )
  const compares = (one: Expression) =>
    one.kind === 'call' &&
    one.callee.kind === 'member' &&
    /^(?:startsWith|startswith|has|includes|test|match)$/.test(one.callee.property ?? '') &&
    (words.has(wordOf(one.callee.of)) || one.args.some((argument) => words.has(wordOf(argument))))
  return speaks || findInside(module.root, compares) !== undefined
}

function implicit(node: Expression, { module, ancestors }: Scene): Expression | false {
  const parent = ancestors.at(-1)
  if (parent?.kind === 'operation' || parent?.kind === 'template') return false
  const shape = shapeOf(node, module) ?? ''
  return /[?&]response_type=(?:(?:id_token|code)(?:%20|\+| ))*token(?:&|%20|\+|$)/.test(shape) && shape.includes('client_id') && isAddress(shape) && node
}

function passwordForm(node: Expression, { module }: Scene): Expression | false {
  const shape = shapeOf(node, module) ?? ''
  return /(?:^|[?&])grant_type=password(?:&|$)/.test(shape) && !/[\n<>]/.test(shape) && node
}
