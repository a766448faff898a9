import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { type Api, type AuthorizationRequest, type Consent, nextStep, type Prompt, type SignedIn } from '../src/index.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const API = 'https://api.example.test'

const FILES = 'https://files.example.test'
const read = { name: 'read', description: 'Read' }
const apis = new Map<string, Api>([API, FILES].map((identifier) => [identifier, { identifier, name: identifier, scopes: [read] }]))

const consent: Consent = {
  id: 'con_1',
  userId: 'usr_1',
  clientId: 'app',
  scopes: ['openid', 'notes:read'],
  audience: [API, 'https://id.example.test'],
  givenAt: 0,
}
const readAt = (...audience: string[]): Consent => ({ ...consent, scopes: ['openid', 'read'], audience })
const signedIn = (minutesAgo: number): SignedIn => ({ sessionId: 'ses_1', userId: 'usr_1', authenticatedAt: NOW - minutesAgo * MINUTE })

function request(
  change: Partial<Pick<AuthorizationRequest, 'scopes' | 'audience' | 'maxAgeSeconds' | 'expectedSubject' | 'requiredAcrs'>> = {},
  ...prompts: Prompt[]
): AuthorizationRequest {
  const base = { redirectUri: 'https://app.example.test/cb', responseMode: 'query', scopes: ['openid'], audience: [API], challenge: 'x'.repeat(43) } as const
  const wishes = { preferredAcrs: [], claims: { idToken: [], userInfo: [] }, claimScopes: [] }
  const client = { id: 'app', settings: { isAssured: true }, redirectUris: [] as readonly string[] } as unknown as AuthorizationRequest['client']
  return { client, ...base, ...wishes, sentScopes: [], consentScopes: change.scopes ?? base.scopes, prompts, ...change }
}

interface Case {
  readonly title: string
  readonly asked: AuthorizationRequest
  readonly who?: SignedIn
  readonly consent?: Consent | 'none'
  readonly proofAfter?: number
  readonly expected: string
}

const cases: readonly Case[] = [
  { title: 'nobody signed in', asked: request(), expected: 'sign_in' },
  { title: 'nobody signed in, silently', asked: request({}, 'none'), expected: 'login_required' },
  { title: 'signed in, never asked', asked: request(), who: signedIn(1), consent: 'none', expected: 'consent' },
  { title: 'signed in, never asked, silently', asked: request({}, 'none'), who: signedIn(1), consent: 'none', expected: 'consent_required' },
  { title: 'signed in and allowed', asked: request(), who: signedIn(1), expected: 'issue' },
  { title: 'signed in and allowed, silently', asked: request({}, 'none'), who: signedIn(1), expected: 'issue' },
  { title: 'all that was allowed', asked: request({ scopes: ['openid', 'notes:read'] }), who: signedIn(1), expected: 'issue' },
  { title: 'no scope at all', asked: request({ scopes: [] }), who: signedIn(1), expected: 'issue' },
  { title: 'one scope more', asked: request({ scopes: ['openid', 'notes:write'] }), who: signedIn(1), expected: 'consent' },
  { title: 'a wider scope: consent is to the letter', asked: request({ scopes: ['notes:*'] }), who: signedIn(1), expected: 'consent' },
  { title: 'one scope more, silently', asked: request({ scopes: ['notes:write'] }, 'none'), who: signedIn(1), expected: 'consent_required' },
  { title: 'another API', asked: request({ audience: ['https://other.example.test'] }), who: signedIn(1), expected: 'consent' },
  { title: 'another API beside', asked: request({ audience: [API, 'https://other.example.test'] }), who: signedIn(1), expected: 'consent' },
  { title: 'a word that only one of the APIs allowed has', asked: request({ scopes: ['read'] }), who: signedIn(1), consent: readAt(API), expected: 'issue' },
  {
    title: 'a word that two of the APIs allowed share',
    asked: request({ scopes: ['read'] }),
    who: signedIn(1),
    consent: readAt(API, FILES),
    expected: 'consent',
  },
  { title: 'prompt=consent', asked: request({}, 'consent'), who: signedIn(1), expected: 'consent' },
  { title: 'prompt=login', asked: request({}, 'login'), who: signedIn(0), expected: 'sign_in' },
  { title: 'prompt=select_account', asked: request({}, 'select_account'), who: signedIn(0), expected: 'sign_in' },
  { title: 'prompt=login, answered', asked: request({}, 'login'), who: signedIn(1), proofAfter: NOW - 2 * MINUTE, expected: 'issue' },
  { title: 'prompt=login, answered at the very moment', asked: request({}, 'login'), who: signedIn(1), proofAfter: NOW - MINUTE, expected: 'issue' },
  { title: 'prompt=login, a proof of before', asked: request({}, 'login'), who: signedIn(3), proofAfter: NOW - 2 * MINUTE, expected: 'sign_in' },
  { title: 'prompt=login, answered long ago', asked: request({}, 'login'), who: signedIn(16), proofAfter: NOW - 17 * MINUTE, expected: 'sign_in' },
  { title: 'prompt=login consent, answered', asked: request({}, 'login', 'consent'), who: signedIn(0), proofAfter: NOW - MINUTE, expected: 'consent' },
  { title: 'max_age reached to the second', asked: request({ maxAgeSeconds: 60 }), who: signedIn(1), expected: 'issue' },
  { title: 'max_age passed', asked: request({ maxAgeSeconds: 59 }), who: signedIn(1), expected: 'sign_in' },
  { title: 'max_age passed, silently', asked: request({ maxAgeSeconds: 59 }, 'none'), who: signedIn(1), expected: 'login_required' },
  { title: 'max_age passed, then answered', asked: request({ maxAgeSeconds: 1 }), who: signedIn(1), proofAfter: NOW - 2 * MINUTE, expected: 'issue' },
  {
    title: 'max_age passed since it was answered',
    asked: request({ maxAgeSeconds: 300 }),
    who: signedIn(6),
    proofAfter: NOW - 7 * MINUTE,
    expected: 'sign_in',
  },
  {
    title: 'max_age below the time to read a page, answered',
    asked: request({ maxAgeSeconds: 60 }),
    who: signedIn(6),
    proofAfter: NOW - 7 * MINUTE,
    expected: 'issue',
  },
  {
    title: 'max_age, a proof of a time that a clock set back has yet to reach (R5)',
    asked: request({ maxAgeSeconds: 60 }),
    who: signedIn(-5),
    expected: 'sign_in',
  },
  { title: 'max_age, a proof of a node whose clock is ahead a little (R5)', asked: request({ maxAgeSeconds: 60 }), who: signedIn(-0.5), expected: 'issue' },
  {
    title: 'prompt=login, a proof of a time that a clock set back has yet to reach (R5)',
    asked: request({}, 'login'),
    who: signedIn(-5),
    proofAfter: NOW - MINUTE,
    expected: 'sign_in',
  },
  { title: 'max_age=0', asked: request({ maxAgeSeconds: 0 }), who: signedIn(1), expected: 'sign_in' },
  { title: 'the person the hint names', asked: request({ expectedSubject: 'usr_1' }), who: signedIn(1), expected: 'issue' },
  { title: 'another than the hint names', asked: request({ expectedSubject: 'usr_2' }), who: signedIn(1), expected: 'sign_in' },
  { title: 'another than the hint names, silently', asked: request({ expectedSubject: 'usr_2' }, 'none'), who: signedIn(1), expected: 'login_required' },
  {
    title: 'another than the hint names, who has just signed in',
    asked: request({ expectedSubject: 'usr_2' }),
    who: signedIn(1),
    proofAfter: NOW - 2 * MINUTE,
    expected: 'login_required',
  },
  { title: 'more than was proven is essential', asked: request({ requiredAcrs: ['urn:latchwork:acr:multi-factor'] }), who: signedIn(1), expected: 'sign_in' },
  {
    title: 'more than was proven is essential, silently',
    asked: request({ requiredAcrs: ['urn:latchwork:acr:multi-factor'] }, 'none'),
    who: signedIn(1),
    expected: 'authentication_unmet',
  },
  { title: 'max_age=0, answered', asked: request({ maxAgeSeconds: 0 }), who: signedIn(1), proofAfter: NOW - 2 * MINUTE, expected: 'issue' },
]

function outcomeOf({ asked, who, consent: given, proofAfter }: Case): string {
  const inForce = given === 'none' || who === undefined ? undefined : (given ?? consent)
  try {
    return nextStep({ apis, pairwiseKey: Buffer.alloc(32) }, asked, { signedIn: who, consent: inForce, proofAfter, now: NOW }).step
  } catch (error) {
    assert.ok(error instanceof Refusal)
    return error.code
  }
}

describe('nextStep', () => {
  it('O7: an application that nobody vouches for is asked about each time', () => {
    const asked = request()
    const stranger = { ...asked, client: { ...asked.client, settings: {} } }
    assert.equal(outcomeOf({ title: '', asked: stranger, who: signedIn(1), expected: '' }), 'consent')
  })

  it('O7: a program without a secret, at an address that any program can take, is asked about each time: it may be another by the same name (RFC 8252 §8.6)', () => {
    const outcomeAt = (authenticationMethod: string, redirectUri: string, ...prompts: Prompt[]): string => {
      const asked = request({}, ...prompts)
      const client = { ...asked.client, authenticationMethod } as AuthorizationRequest['client']
      return outcomeOf({ title: '', asked: { ...asked, client, redirectUri }, who: signedIn(1), expected: '' })
    }
    for (const address of ['http://127.0.0.1:4444/cb', 'http://[::1]/cb', 'http://localhost:5555/cb', 'com.example.app:/cb', 'cursor://anysphere/cb']) {
      assert.equal(outcomeAt('none', address), 'consent', address)
      assert.equal(outcomeAt('none', address, 'none'), 'consent_required', address)
      assert.equal(outcomeAt('client_secret_basic', address), 'issue', 'whoever has no secret gets no token')
    }
    assert.equal(outcomeAt('none', 'https://app.example.test/cb'), 'issue')
  })

  for (const one of cases) it(`O6 O7: ${one.title} → ${one.expected}`, () => assert.equal(outcomeOf(one), one.expected))
})
