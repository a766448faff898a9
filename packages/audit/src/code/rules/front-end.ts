/** What a front end must not hold, and where it must not put it. */
import { type CodeRule, javascript, type Scene } from '../code-rule.ts'
import { type Expression, findInside } from '../expression.ts'
import { fieldsOf, type Module, pathOf, speaksOf, textOf, wordOf } from '../module.ts'
import { isCredentialWord, isPlaceholder } from '../words.ts'

const FRONT_END =
  /^(?:react|react-dom|react-native|preact|vue|svelte|solid-js|@angular\/core|expo(?:-[\w-]+)?|next\/(?:navigation|link|image|router))(?:\/.*)?$/
const IN_THE_BROWSER = new Set(['window', 'document', 'localStorage', 'sessionStorage', 'navigator'])

/** Whether the file runs in a browser or on a phone. */
export function isFrontEnd(module: Module): boolean {
  for (const name of module.modules) if (FRONT_END.test(name)) return true
  for (const word of IN_THE_BROWSER) if (module.words.has(word)) return true
  return false
}

const publicVariable = /^(?:import\.meta\.env|process\.env|env)\.((?:VITE|NEXT_PUBLIC|REACT_APP|EXPO_PUBLIC|GATSBY|NUXT_PUBLIC|PUBLIC)_\w+)$/
const OF_SECRET = /(?:SECRET|PRIVATE_KEY|PASSWORD|SERVICE_ROLE)/

const storage = /^(?:localStorage|sessionStorage)\b/
const names = (expression: Expression | undefined, { module }: Scene): readonly string[] =>
  expression === undefined ? [] : [textOf(expression, module) ?? '', wordOf(expression)]

export const frontEndRules: readonly CodeRule[] = [
  {
    id: 'code/token-in-web-storage',
    what: 'A token is kept in localStorage or sessionStorage',
    why: 'Every script of the page can read it, so one injected line or one bad dependency takes it away for good.',
    source: 'OWASP ASVS 5.0 §14.3.3; RFC 10017 §8',
    risk: 'high',
    mend: 'Keep the access token in memory and the refresh token in an HttpOnly cookie, or let a backend for the frontend hold both.',
    languages: javascript,
    on: {
      call: (call, scene, path) => {
        if (!/^(?:localStorage|sessionStorage)\.setItem$/.test(path)) return undefined
        const [key, value] = call.args
        const keys = names(key, scene)
        const isNamed =
          keys.some(isCredentialWord) || (!keys.some((name) => /(?:csrf|xsrf)/i.test(name)) && names(value, scene).slice(1).some(isCredentialWord))
        return isNamed && value?.kind !== 'constant' && call
      },
      assignment: (assignment, { module }) => {
        const { target } = assignment
        return target.kind === 'member' && storage.test(pathOf(target.of, module)) && isCredentialWord(wordOf(target)) && assignment
      },
    },
  },
  {
    id: 'code/token-in-script-cookie',
    what: 'Script writes a token into a cookie',
    why: 'A cookie that script can write, script can read: it cannot be HttpOnly, and the next injected line takes it away.',
    source: 'OWASP ASVS 5.0 §3.3.4',
    risk: 'high',
    mend: 'Let the server set the cookie, with HttpOnly, Secure and SameSite.',
    languages: javascript,
    on: {
      call: (call, scene, path) =>
        /^(?:js-cookie:set|universal-cookie:\(\)\.set|react-cookie:setCookie)$/.test(path) && names(call.args[0], scene).some(isCredentialWord) && call,
      assignment: (assignment, { module }) => {
        if (pathOf(assignment.target, module) !== 'document.cookie') return undefined
        const text = leadingText(assignment.value, module)
        const [, name = ''] = /^\s*([^=;]+)=(?!;)/.exec(text) ?? []
        return isCredentialWord(name) && !/expires=Thu, 01 Jan 1970|max-age=0/i.test(text) && assignment
      },
    },
  },
  {
    id: 'code/secret-in-bundle',
    what: 'A secret comes from a variable that is built into the bundle',
    why: 'The bundler writes the value into a file that everybody can download.',
    source: 'OWASP ASVS 5.0 §13.3.1',
    risk: 'high',
    mend: 'Take the prefix off, read it on a server alone, and roll the secret: it has been published.',
    languages: javascript,
    on: {
      member: (member, { module }) => {
        const [, name] = publicVariable.exec(envPath(member, module)) ?? []
        return name !== undefined && OF_SECRET.test(name) && member
      },
    },
  },
  {
    id: 'code/client-secret-in-front-end',
    what: 'A client secret stands in code that runs in a browser or on a phone',
    why: 'Whoever opens the developer tools or unpacks the application has it, and can be the client.',
    source: 'RFC 8252 §8.5; RFC 10017 §6.3.4',
    risk: 'high',
    mend: 'Register the application as a public client and use PKCE without a secret, or exchange the code on a server. Roll the secret.',
    languages: javascript,
    hidesTexts: true,
    on: {
      fields: (fields, { module }) => {
        const entry = fields.entries.find(({ key }) => key === 'client_secret' || key === 'clientSecret')
        if (entry === undefined || !isFrontEnd(module)) return undefined
        const text = textOf(entry.value, module)
        const isPublic = publicVariable.test(envPath(entry.value, module))
        return ((text !== undefined && !isPlaceholder(text)) || isPublic) && { ...entry.value, start: entry.start, end: entry.end }
      },
      call: (call, { module }, path) => {
        const [name, value] = call.args
        return (
          /\.(?:append|set)$/.test(path) &&
          textOf(name, module) === 'client_secret' &&
          !isPlaceholder(textOf(value, module) ?? '') &&
          isFrontEnd(module) &&
          call
        )
      },
    },
  },
  {
    id: 'code/token-posted-to-any-window',
    what: 'A token is posted to a window whatever its origin is',
    why: 'With * as the target, whichever site has opened or framed the page receives it.',
    source: 'RFC 9700 §4.17',
    risk: 'high',
    mend: 'Name the one origin that may have it as the second argument of postMessage.',
    languages: javascript,
    on: {
      call: (call, { module }, path) => {
        const [message, target] = call.args
        if (!/(?:^|\.)postMessage$/.test(path) || message === undefined) return undefined
        const isAny =
          textOf(target, module) === '*' || textOf(fieldsOf(target, module)?.entries.find(({ key }) => key === 'targetOrigin')?.value, module) === '*'
        const meant = fieldsOf(message, module) ?? message
        return isAny && hasCredential(meant) && call
      },
    },
  },
  {
    id: 'code/token-from-fragment',
    what: 'An access token is taken from the fragment of the address',
    why: 'That is how the implicit flow hands it over: it stands in the history, and nothing says whom it was made for.',
    source: 'RFC 9700 §2.1.2',
    risk: 'medium',
    mend: 'Use the authorization code flow with PKCE.',
    languages: javascript,
    on: {
      call: (call, scene, path) => {
        if (!/\.get$|\.match$|\.split$/.test(path) || call.args[0] === undefined) return undefined
        const asks = /^(?:#?&?access_token=?|id_token)$/.test(textOf(call.args[0], scene.module) ?? '')
        return asks && findInside(call.callee, (one) => comesFromHash(one, scene.module)) !== undefined && call
      },
    },
  },
]

function comesFromHash(one: Expression, module: Module): boolean {
  if (one.kind === 'member') return one.property === 'hash' && /location$/.test(pathOf(one.of, module))
  if (one.kind !== 'name') return false
  const bound = module.bindings.get(one.id)
  return bound !== undefined && findInside(bound, (inside) => inside.kind === 'member' && inside.property === 'hash') !== undefined
}

function hasCredential(message: Expression): boolean {
  return findInside(message, (one) => (one.kind === 'name' || one.kind === 'member') && isCredentialWord(wordOf(one))) !== undefined
}

function leadingText(value: Expression, module: Module): string {
  if (value.kind === 'template') return value.parts.map((part) => (typeof part === 'string' ? part : (textOf(part, module) ?? 'x'))).join('')
  if (value.kind === 'operation') return leadingText(value.left, module) + leadingText(value.right, module)
  return textOf(value, module) ?? 'x'
}

/** `import.meta.env.X` has no name for its root. */
function envPath(expression: Expression, module: Module): string {
  return pathOf(expression, module).replace(/^\?\.env\./, 'import.meta.env.')
}

export const speaksOfCredentials = (module: Module): boolean => speaksOf(module, /jwt|auth|bearer|oauth|cookie/i)
