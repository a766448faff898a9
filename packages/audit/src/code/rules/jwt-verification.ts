/** How tokens are looked at. */
import { both, type CodeRule, type Scene } from '../code-rule.ts'
import { type Call, type Expression, findInside } from '../expression.ts'
import { fieldOf, fieldsOf, isConstant, type Module, type Option, optionOf, pathOf, speaksOf, textOf, textsOf } from '../module.ts'
import { isFrontEnd } from './front-end.ts'

interface Verifier {
  readonly path: RegExp
  /** Where the options stand in JavaScript. */
  readonly options: number
  /** Whether the library settles the algorithm by the key it is given. */
  readonly bindsKey?: true
}

const verifiers: readonly Verifier[] = [
  { path: /^jsonwebtoken:verify$/, options: 2 },
  { path: /^express-jwt:(?:expressjwt|jwt)?$/, options: 0 },
  { path: /^koa-jwt:$/, options: 0 },
  { path: /^passport-jwt:Strategy$/, options: 0 },
  { path: /^jose:jwtVerify$/, options: 2, bindsKey: true },
  { path: /^jwt:decode$/, options: 2 },
  { path: /^jose:jwt\.decode$/, options: 2 },
]

const verifierOf = (path: string): Verifier | undefined => verifiers.find((verifier) => verifier.path.test(path))

/** Whether `algorithms` can be seen to be missing. */
function lacks(call: Call, { options }: Verifier, names: readonly string[], module: Module): boolean {
  if (module.language === 'python' && names.includes('algorithms') && call.args.length > 2) return false
  const option = optionOf(call, options, names, module)
  return option === 'absent' || (option !== 'unknown' && option.kind === 'name' && option.id === 'undefined')
}

/** PyJWT's `options={'verify_…': False}`. */
function turnsOff(call: Call, check: string, module: Module): boolean {
  const value = fieldOf(fieldsOf(call.named.get('options'), module), check)
  return isConstant(value, module, false)
}

const isUnverified = (call: Call, module: Module): boolean => turnsOff(call, 'verify_signature', module) || isConstant(call.named.get('verify'), module, false)

/** Keys that others publish: then tokens for others are signed with them as well. */
const hasForeignKey = (module: Module): boolean => speaksOf(module, /jwks|public_?key|BEGIN PUBLIC|^(?:RS|ES|PS)(?:256|384|512)$|well-known/i)

const seen = (option: Option): Expression | undefined => (typeof option === 'string' ? undefined : option)

/** Stores of tokens have such an option too: `Token.find(value, { ignoreExpiration: true })`. */
function isOptionOfOther({ ancestors, module }: Scene): boolean {
  const call = ancestors.findLast((one) => one.kind === 'call')
  return call?.kind === 'call' && /(?:^|[.:])(?:find\w*|load|get\w*|validate)$/.test(pathOf(call.callee, module))
}

/** Whether the value came with the request: only then is the claim of a decoded token believed. */
function comesWithRequest(expression: Expression, { module }: Scene): boolean {
  const ofRequest = (one: Expression): boolean => {
    const path = one.kind === 'name' || one.kind === 'member' ? pathOf(one, module) : ''
    return /(?:^|\.|:)(?:req|request|ctx)\b.*(?:headers?|cookies|get|query|body|authorization)|(?:^|[.:])authorization$|^headers\.|HTTP_AUTHORIZATION/i.test(
      path,
    )
  }
  const reaches = (one: Expression, steps: number): boolean =>
    findInside(one, (inside) => {
      if (ofRequest(inside)) return true
      const bound = inside.kind === 'name' && steps > 0 ? module.bindings.get(inside.id) : undefined
      return bound !== undefined && bound !== one && reaches(bound, steps - 1)
    }) !== undefined
  return reaches(expression, 3)
}

export const jwtVerificationRules: readonly CodeRule[] = [
  {
    id: 'code/jwt-algorithms-not-pinned',
    what: 'A JWT is verified without saying which algorithms are good',
    why: 'Then the token, or the shape of the key, chooses: a public key taken for an HMAC secret lets anybody forge tokens.',
    source: 'RFC 8725 §3.1',
    risk: 'medium',
    mend: "Give the one algorithm your issuer uses: algorithms: ['ES256'].",
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const verifier = verifierOf(path)
        if (verifier === undefined || verifier.bindsKey || isUnverified(call, module)) return undefined
        return lacks(call, verifier, ['algorithms'], module) && call
      },
    },
  },
  {
    id: 'code/jwt-algorithm-none',
    what: 'The algorithm none is accepted or used',
    why: 'Such a token has no signature: whoever writes one is whoever they say.',
    source: 'RFC 8725 §3.2',
    risk: 'high',
    mend: 'Take none out of the list, and sign every token.',
    languages: both,
    on: {
      fields: (fields, { module }) => {
        const entry = fields.entries.find(({ key, value }) => /^algorithms?$/.test(key) && textsOf(value, module)?.some((name) => /^none$/i.test(name)))
        return entry?.value
      },
      call: (call, { module }, path) => {
        if (/(?:^|:)UnsecuredJWT\.(?:decode|encode)$|^jose:UnsecuredJWT/.test(path)) return call
        const named = call.named.get('algorithms') ?? call.named.get('algorithm')
        return named !== undefined && /^(?:jwt:|jose:jwt\.)/.test(path) && textsOf(named, module)?.some((name) => /^none$/i.test(name)) && call
      },
    },
  },
  {
    id: 'code/jwt-algorithms-mixed',
    what: 'One verification accepts both HMAC and public-key algorithms',
    why: 'The public key is public: used as an HMAC secret it signs whatever an attacker likes.',
    source: 'RFC 8725 §2.1',
    risk: 'high',
    mend: 'Accept one kind alone; verify tokens of another issuer in a call of its own.',
    languages: both,
    on: {
      list: (list, { module, ancestors }) => {
        const texts = textsOf(list, module) ?? []
        const isMixed = texts.some((text) => /^HS\d{3}$/.test(text)) && texts.some((text) => /^(?:RS|ES|PS)\d{3}$|^EdDSA$/.test(text))
        return isMixed && isGivenToVerification(list, ancestors, module) && list
      },
    },
  },
  {
    id: 'code/jwt-audience-not-checked',
    what: 'A JWT is verified without checking whom it is for',
    why: 'A token that the same issuer made for another API, or another customer, is taken here as well.',
    source: 'RFC 8725 §3.9; RFC 9700 §2.3',
    risk: 'medium',
    mend: "Give audience: 'https://api.example.com', the identifier of this API.",
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const verifier = verifierOf(path)
        if (verifier === undefined || isUnverified(call, module)) return undefined
        if (turnsOff(call, 'verify_aud', module)) return call
        return (
          lacks(call, verifier, ['audience', 'jsonWebTokenOptions'], module) &&
          hasForeignKey(module) &&
          !speaksOf(module, /^(?:aud|audiences?|azp|verify_?aud\w*)$/i) &&
          call
        )
      },
    },
  },
  {
    id: 'code/jwt-issuer-not-checked',
    what: 'A JWT is verified without checking who made it',
    why: 'Where several issuers share keys or a key set, the token of one is taken for that of the other.',
    source: 'RFC 8725 §3.8',
    risk: 'medium',
    mend: "Give issuer: 'https://auth.example.com'.",
    languages: both,
    on: {
      call: (call, { module }, path) => {
        const verifier = verifierOf(path)
        if (verifier === undefined || isUnverified(call, module)) return undefined
        if (turnsOff(call, 'verify_iss', module)) return call
        return lacks(call, verifier, ['issuer', 'jsonWebTokenOptions'], module) && hasForeignKey(module) && !speaksOf(module, /^(?:iss|issuers?)$/i) && call
      },
    },
  },
  {
    id: 'code/jwt-expiry-ignored',
    what: 'A JWT is accepted after it has expired',
    why: 'A token that was stolen once is good for ever.',
    source: 'RFC 7519 §4.1.4',
    risk: 'high',
    mend: 'Take the option away; for clocks that differ allow a few seconds of tolerance.',
    languages: both,
    on: {
      fields: (fields, scene) => {
        const { module } = scene
        if (isOptionOfOther(scene)) return undefined
        const entry = fields.entries.find(
          ({ key, value }) => (key === 'ignoreExpiration' && isConstant(value, module, true)) || (key === 'verify_exp' && isConstant(value, module, false)),
        )
        const isUnsigned = isConstant(fieldOf(fields, 'verify_signature'), module, false)
        return isUnsigned ? undefined : entry?.value
      },
      call: (call, { module }, path) => /^jwt:decode$/.test(path) && isConstant(call.named.get('verify_exp'), module, false) && call,
    },
  },
  {
    id: 'code/jwt-signature-not-verified',
    what: 'The verification of the signature is turned off',
    why: 'Whoever writes a token by hand is whoever they say.',
    source: 'RFC 7515 §5.2; OWASP ASVS 5.0 §9.1.1',
    risk: 'high',
    mend: 'Verify with the key of the issuer and a pinned algorithm.',
    languages: ['python'],
    on: {
      call: (call, scene, path) => {
        const { module } = scene
        if (/^jose:jwt\.get_unverified_claims$/.test(path)) return !speaksOf(module, /^(?:decode|verify)$/) && call
        return /^(?:jwt:decode|jose:jwt\.decode|jwt:PyJWT\(\)\.decode)$/.test(path) && isUnverified(call, module) && !verifiesToo(call, module) && call
      },
    },
  },
  {
    id: 'code/jwt-decoded-not-verified',
    what: 'A token that came with a request is decoded and never verified',
    why: 'Decoding is reading: the claims are whatever the caller wrote.',
    source: 'OWASP ASVS 5.0 §9.1.1',
    risk: 'high',
    mend: 'Use verify (jsonwebtoken), jwtVerify (jose) or authenticate() of @latchwork/verify.',
    languages: ['javascript'],
    on: {
      call: (call, scene, path) => {
        if (!/^(?:jsonwebtoken:decode|jwt-decode:(?:jwtDecode|jwt_decode)?|jose:decodeJwt)$/.test(path)) return undefined
        const [token] = call.args
        if (token === undefined || isFrontEnd(scene.module) || speaksOf(scene.module, /^(?:verify\w*|jwtVerify|introspect\w*)$/i)) return undefined
        return comesWithRequest(token, scene) && call
      },
    },
  },
  {
    id: 'code/jwt-key-from-token',
    what: 'The key is fetched from where the token itself says',
    why: 'The attacker signs with a key of their own and names their own server; or makes yours call an address inside.',
    source: 'RFC 8725 §3.10; RFC 7515 §4.1.2',
    risk: 'high',
    mend: 'Use the jwks_uri of the issuer you trust; take from the header nothing but kid.',
    languages: both,
    on: {
      call: (call, { module }, path) => {
        if (!/(?:^|[.:])(?:createRemoteJWKSet|PyJWKClient|jwksRsa|jwksClient|importJWK|fetch|get|urlopen)$|^jwks-rsa:$/.test(path)) return undefined
        const asks = textOf(call.args[0], module) ?? ''
        if (/^(?:jku|x5u)$/.test(asks)) return undefined
        const fits = (one: Expression) =>
          one.kind === 'member' && (one.property === 'jku' || one.property === 'x5u' || (one.property === 'jwk' && /header/i.test(pathOf(one.of, module))))
        const inside = call.args.some(
          (argument) => findInside(argument, (one) => fits(one) || (one.kind === 'name' && fits(module.bindings.get(one.id) ?? one))) !== undefined,
        )
        return inside && call
      },
    },
  },
]

/** Two steps, as PyJWT's documents have it: first who made it, then the verification. */
function verifiesToo(call: Call, module: Module): boolean {
  const isOther = (one: Expression) =>
    one.kind === 'call' && one !== call && /^(?:jwt:decode|jose:jwt\.decode)$/.test(pathOf(one.callee, module)) && !isUnverified(one, module)
  return findInside(module.root, isOther) !== undefined
}

function isGivenToVerification(list: Expression, ancestors: readonly Expression[], module: Module): boolean {
  const parent = ancestors.at(-1)
  if (parent?.kind === 'fields') {
    const isAlgorithms = parent.entries.some(({ key, value }) => key === 'algorithms' && value === list)
    return isAlgorithms && ancestors.some((ancestor) => ancestor.kind === 'call')
  }
  if (parent?.kind === 'call') return parent.named.get('algorithms') === list || seen(optionOf(parent, 2, ['algorithms'], module)) === list
  return parent?.kind === 'assignment' && /algorithms$/i.test(pathOf(parent.target, module))
}
