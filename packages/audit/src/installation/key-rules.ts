/** Rules over API keys, signing keys and scopes, as a running server tells of them. */
import type { FactRule, RuleText, Sighting } from '../rule.ts'
import { faultOfJwk } from '../weak-key.ts'
import { isWildcardScope } from './config-rules.ts'
import { clientsOf, type InstallationFacts, type KeyFacts, liveKeysOf } from './facts.ts'

const DAY_MS = 24 * 3600 * 1000

type KeyCheck = (key: KeyFacts, ageDays: (time: string) => number) => string | false | undefined

function row(text: RuleText, check: KeyCheck): FactRule<InstallationFacts> {
  return {
    ...text,
    check: (facts) => {
      const ageDays = (time: string) => Math.floor((facts.now - Date.parse(time)) / DAY_MS)
      return liveKeysOf(facts).flatMap((key): readonly Sighting[] => {
        const saw = check(key, ageDays)
        return saw === undefined || saw === false ? [] : [{ at: `key ${key.id}`, saw }]
      })
    },
  }
}

const isSecretKey = ({ kind }: KeyFacts): boolean => kind !== 'pk'

export const keyRules: readonly FactRule<InstallationFacts>[] = [
  row(
    {
      id: 'installation/key-may-everything',
      what: 'A live API key may do everything',
      why: 'Whoever finds it does too, and what is added later is included.',
      source: 'OWASP ASVS 5.0 §13.2.2',
      risk: 'high',
      mend: 'Make a key with the scopes its program needs, and roll to it.',
    },
    ({ scopes }) => scopes.filter(isWildcardScope).join(' ') || false,
  ),
  row(
    {
      id: 'installation/key-unused',
      what: 'A live API key was not used for 90 days',
      why: 'Nobody would notice that it is in other hands.',
      source: 'Latchwork K14',
      risk: 'medium',
      mend: 'Revoke it; who needs it will say so.',
    },
    (key, ageDays) => {
      const rested = ageDays(key.lastUsedAt ?? key.createdAt)
      return isSecretKey(key) && rested >= 90 && (key.lastUsedAt === undefined ? `never used in ${rested} days` : `last used ${rested} days ago`)
    },
  ),
  row(
    {
      id: 'installation/key-old',
      what: 'A live API key is older than a year',
      why: 'It has been in every backup, log and laptop since.',
      source: 'OWASP ASVS 5.0 §13.3.4',
      risk: 'medium',
      mend: 'Roll it with an overlap, or set a rotation.',
    },
    (key, ageDays) => isSecretKey(key) && ageDays(key.createdAt) > 365 && `made ${ageDays(key.createdAt)} days ago`,
  ),
  row(
    {
      id: 'installation/key-without-expiry',
      what: 'A live API key never expires',
      why: 'A key that was forgotten is good for whoever finds it.',
      source: 'OWASP ASVS 5.0 §13.3.4',
      risk: 'low',
      mend: 'Roll it to one with an expiry.',
    },
    (key) => isSecretKey(key) && key.expiresAt === undefined && 'no expiry',
  ),
  row(
    {
      id: 'installation/key-works-from-anywhere',
      what: 'A live secret key works from every network',
      why: 'A copy of it can be used from anywhere; the program it is for runs in few places.',
      source: 'Latchwork K9',
      risk: 'low',
      mend: 'Set the networks it works from.',
    },
    ({ kind, networks }) => kind === 'sk' && networks.length === 0 && 'no networks',
  ),
  {
    id: 'installation/publishable-key-may-write',
    what: 'A publishable key carries a scope that changes things',
    why: 'Everybody who reads the page has it.',
    source: 'Latchwork K2',
    risk: 'medium',
    mend: 'Leave it what may be read by everybody.',
    check: (facts) =>
      liveKeysOf(facts)
        .filter(({ kind }) => kind === 'pk')
        .flatMap(({ id, scopes }) =>
          scopes.filter((scope) => /:(?:write|delete|admin|create|update|manage)$/.test(scope)).map((saw) => ({ at: `key ${id}`, saw })),
        ),
  },
  {
    id: 'installation/scope-never-used',
    what: 'A scope is declared that nothing may carry',
    why: 'Nobody knows what it opens, and one day somebody is given it.',
    source: 'OWASP ASVS 5.0 §8.1.1',
    risk: 'low',
    mend: 'Take it out of the API.',
    check: (facts) => {
      if (facts.config === undefined || facts.keys === undefined || facts.clients === undefined) return []
      const carried = [...clientsOf(facts), ...facts.keys, ...facts.config.roles].flatMap(({ scopes }) => scopes)
      const isCarried = (name: string) => carried.some((scope) => scope === name || isWildcardScope(scope) || scope === `${name.split(':')[0]}:*`)
      return facts.config.apis.flatMap(({ identifier, scopes }) =>
        scopes.filter(({ name }) => !isCarried(name)).map(({ name }) => ({ at: identifier, saw: name })),
      )
    },
  },
  {
    id: 'installation/scope-nobody-declares',
    what: 'A client may ask for a scope that no API declares',
    why: 'It is a misspelling, or it opens something the day an API takes the name.',
    source: 'OWASP ASVS 5.0 §8.1.1',
    risk: 'low',
    mend: 'Declare it, or take it from the client.',
    check: (facts) => {
      const declared = new Set(facts.config?.apis.flatMap(({ scopes }) => scopes.map(({ name }) => name)))
      const isKnown = (scope: string) => !scope.includes(':') || scope.includes('*') || declared.has(scope)
      return (
        facts.config !== undefined &&
        clientsOf(facts).flatMap(({ id, scopes }) => scopes.filter((scope) => !isKnown(scope)).map((saw) => ({ at: `client ${id}`, saw })))
      )
    },
  },
  {
    id: 'installation/signing-key-old',
    what: 'The key that signs tokens has signed for more than 400 days',
    why: 'A key that leaked unseen forges tokens until it is changed.',
    source: 'OWASP ASVS 5.0 §11.1.1',
    risk: 'medium',
    mend: 'latchwork signing rotate',
    check: ({ signingKeys = [], now }) =>
      signingKeys
        .filter(({ state, usedFrom }) => state === 'current' && now - Date.parse(usedFrom) > 400 * DAY_MS)
        .map(({ kid, usedFrom }) => ({ at: `signing key ${kid}`, saw: `since ${usedFrom.slice(0, 10)}` })),
  },
  {
    id: 'installation/signing-key-weak',
    what: 'A published signing key is weak',
    why: 'Whoever works it out signs tokens for anybody.',
    source: 'RFC 8725 §3.5; RFC 7518 §3.3',
    risk: 'high',
    mend: 'Revoke it: latchwork signing revoke KID',
    check: ({ signingKeys = [] }) =>
      signingKeys.flatMap(({ kid, state, publicKey }) => {
        const saw = state === 'withdrawn' || state === 'revoked' ? undefined : faultOfJwk(publicKey)
        return saw === undefined ? [] : [{ at: `signing key ${kid}`, saw }]
      }),
  },
]
