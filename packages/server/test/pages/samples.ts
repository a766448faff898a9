/** Every page with a view as a busy day makes it: for the tests, and for looking at. */
import assert from 'node:assert/strict'
import { advise, nextQuestion, questions } from '@latchwork/advice'
import {
  type AccountView,
  type ApplicationsView,
  accountPage,
  advicePage,
  applicationsPage,
  type ConsentView,
  type ContinueView,
  comparisonPage,
  consentPage,
  continuePage,
  type DeviceAskView,
  type DeviceCodeView,
  deviceAskPage,
  deviceCodePage,
  deviceDonePage,
  type ErrorView,
  errorPage,
  type FirstOperatorView,
  type FormPostView,
  firstOperatorPage,
  formPostPage,
  type HomeView,
  homePage,
  type KeyMadeBeforeView,
  type KeyMadeView,
  keyMadeBeforePage,
  keyMadePage,
  type LeavingView,
  leavingPage,
  type OperatorKeysView,
  operatorKeysPage,
  type PageSite,
  questionPage,
  refusalIndexPage,
  refusalPage,
  type SignedOutView,
  type SignInView,
  type SignOutView,
  type SignUpView,
  signedOutPage,
  signInPage,
  signOutPage,
  signUpPage,
  type TokensView,
  tokensPage,
} from '../../src/pages/index.ts'
import { branded, brandedTwice } from './branded.ts'

export interface Sample {
  readonly name: string
  readonly site: PageSite
  readonly view: unknown
  readonly render: (site: PageSite, view: unknown) => string
  /** Element ids that other people's programs rely on (design, decision 13). */
  readonly ids: readonly string[]
  /** Fields whose word chooses what this page shows. */
  readonly closed: readonly string[]
}

const site: PageSite = { name: 'Harbour Accounts' }
const at = Date.UTC(2026, 2, 14, 9, 26)
const minute = 60_000
const day = 24 * 60 * minute

const destination = { applicationName: 'Acme Notes', redirectUri: 'https://notes.acme.example/callback' }
const logo = '/applications/cli_1/logo?v=0123456789abcdef'
const askedFor = { ...destination, logo, policy: 'https://acme.example/privacy', terms: 'https://acme.example/terms' }
const person = { name: 'Ada Lovelace', email: 'ada@example.com', isOperator: true }
const continuation = '/authorize?client_id=cli_1&scope=openid+notes%3Aread&state=a%22b'

const signIn: SignInView = { formToken: 'f0rm', isSignUpOpen: true }

const signUp: SignUpView = { formToken: 'f0rm', minimumPasswordLength: 10 }

const firstOperator: FirstOperatorView = { formToken: 'f0rm', link: 'lw_ot_sample', minimumPasswordLength: 10 }

const consent: ConsentView = {
  formToken: 'f0rm',
  hidden: { request: 'req_0001' },
  destination,
  clientId: 'cli_0CZ4kQx7bN3pTqVw8yLmRd',
  homepage: 'https://acme.example/notes',
  policy: 'https://acme.example/privacy',
  terms: 'https://acme.example/terms',
  maker: { kind: 'itself' },
  isVerified: false,
  scopes: [
    { scope: 'openid', sentence: 'Know that it is you', isRequired: true },
    { scope: 'email', sentence: 'See your e-mail address', wasGiven: true },
    { scope: 'notes:read', sentence: 'Read your notes' },
    { scope: 'notes:write', sentence: 'Write, change and delete your notes' },
  ],
  person,
  switchHref: '/logout?continue=%2Fconsent',
  lasts: 'until_taken_back',
}

const account: AccountView = {
  formToken: 'f0rm',
  person,
  notice: 'The device is signed out.',
  sessions: [
    {
      sessionId: 'ses_1',
      address: '203.0.113.7',
      userAgent: 'Mozilla/5.0 (X11; Linux x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      since: at - 5 * minute,
      isThisOne: true,
    },
    {
      sessionId: 'ses_2',
      address: '2001:db8:1234:5678:9abc:def0:1234:5678',
      userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
      since: at - 3 * day,
      isThisOne: false,
    },
    { sessionId: 'ses_3', since: at - 12 * day, isThisOne: false },
  ],
  applicationCount: 2,
}

const applications: ApplicationsView = {
  formToken: 'f0rm',
  person,
  applications: [
    {
      consentId: 'con_1',
      name: 'Acme Notes',
      logo,
      hosts: ['notes.acme.example'],
      maker: { kind: 'account', name: 'Acme Corporation' },
      isVerified: true,
      sentences: ['Know who you are at this site', 'Read your notes'],
      givenAt: at - 2 * day,
      lastUsedAt: at - minute,
      openHref: 'https://notes.acme.example/sign-in?iss=https%3A%2F%2Fharbour.example',
    },
    {
      consentId: 'con_2',
      name: 'Ledger for very small Businesses',
      hosts: ['127.0.0.1', 'com.ledger.app://'],
      maker: { kind: 'itself' },
      isVerified: false,
      sentences: ['See your e-mail address'],
      givenAt: at - 40 * day,
    },
  ],
}

const deviceCode: DeviceCodeView = { formToken: 'f0rm', person, userCode: 'WDJB-MJHT' }
const deviceAsk: DeviceAskView = {
  ...consent,
  maker: { kind: 'operators' },
  isVerified: true,
  logo,
  applicationName: 'Acme Television',
  userCode: 'WDJB-MJHT',
  address: '203.0.113.7',
  askedAt: at,
}

const keys: OperatorKeysView = {
  formToken: 'f0rm',
  person,
  account: { id: 'acc_1', name: 'Ada Lovelace' },
  keys: [
    {
      id: 'key_0CZ4kQx7bN3pTqVw8yLmRd',
      name: 'Nightly export',
      kind: 'sk',
      environment: 'live',
      isPrimary: true,
      scopes: ['notes:read', 'notes:write'],
      fingerprint: 'sk_live_…9fQz',
      status: 'active',
      createdAt: at - 90 * day,
    },
    {
      id: 'key_0CZ4kQx7bN3pTqVw8yLmRe',
      name: 'Search index',
      kind: 'rk',
      environment: 'test',
      isPrimary: false,
      scopes: ['notes:read'],
      fingerprint: 'rk_test_…a1B2',
      status: 'revoked',
      createdAt: at - 91 * day,
    },
  ],
  rootKeys: [
    { id: 'root_0CZ4kQx7bN3pTqVw8yLmRf', name: 'Terraform', scopes: ['keys:*', 'clients:*'], fingerprint: 'lw_root_…0aZx', status: 'active', createdAt: at },
  ],
  scopes: [
    { value: 'notes:read', label: 'Read notes', hint: 'notes:read' },
    { value: 'notes:write', label: 'Write, change and delete notes', hint: 'notes:write' },
  ],
  rootScopes: [
    { value: 'keys:*', label: 'Make, list and revoke API keys', hint: 'keys:*' },
    { value: 'clients:*', label: 'Register and change applications', hint: 'clients:*' },
  ],
}

const keysRefused: OperatorKeysView = {
  ...keys,
  keys: [],
  refused: {
    form: 'key',
    values: { name: '', kind: 'rk', environment: 'live', scopes: ['notes:read'] },
    problems: [
      { field: 'name', message: 'Give the key a name.' },
      { field: 'scope', message: 'Tick only what you may do yourself.' },
    ],
  },
}

const keyMade: KeyMadeView = {
  kind: 'key',
  person,
  name: 'Nightly export',
  keyId: 'key_0CZ4kQx7bN3pTqVw8yLmRd',
  secret: `sk_live_lw_${'Ab3'.repeat(16)}Z`,
  exampleUrl: 'http://localhost:8421/notes',
}

const keyMadeBefore: KeyMadeBeforeView = { kind: 'key', person, name: 'Nightly export', keyId: 'key_0CZ4kQx7bN3pTqVw8yLmRd', fingerprint: 'sk_live_…Ab3Z' }

const signOut: SignOutView = { formToken: 'f0rm', person, destination, askedBy: 'Acme Notes', hidden: { request: 'state=xyz' } }
const signedOut: SignedOutView = { destination }
const signedOutFrames: SignedOutView = { destination, frames: ['https://notes.acme.example/signed-out?iss=i&sid=s'] }

const error: ErrorView = {
  code: 'redirect_uri_unregistered',
  title: 'Redirect URI not registered',
  detail: 'The application asked to be answered at an address it has not registered. You were not sent there. Tell whoever makes the application.',
  reference: 'req-7Qm2',
}

const leaving: LeavingView = {
  destination: { applicationName: 'Ledger', redirectUri: 'https://ledger.example/cb' },
  title: 'Scope not accepted',
  detail: 'Ask only for scopes that the client is registered for.',
  code: 'scope_invalid',
  reference: 'req-7Qm2',
  answer: { href: 'https://ledger.example/cb?error=invalid_scope' },
}
const LEAVING_IDS = ['error-code', 'error-detail', 'error-reference', 'leaving-warning', 'leaving-go', 'destination']

const home: HomeView = {
  issuer: 'http://localhost:8420',
  isSignUpOpen: true,
  docsUrl: 'https://docs.example/latchwork',
  demo: { applicationUrl: 'http://127.0.0.1:8422/', apiUrl: 'http://localhost:8421/' },
}

const goOn: ContinueView = { href: 'https://notes.acme.example/callback?code=c0de&state=a%26b', destination }
const formPost: FormPostView = { destination, parameters: { code: 'c0de', state: 'a"b', iss: 'http://localhost:8420', error: undefined } }

function sample<View>(
  name: string,
  render: (site: PageSite, view: View) => string,
  view: View,
  ids: readonly string[],
  closed: readonly string[] = [],
): Sample {
  return { name, site, view, render: render as Sample['render'], ids, closed }
}

const tokens: TokensView = {
  formToken: 'form-token',
  person,
  tokens: [
    { id: 'key_1', name: 'laptop', fingerprint: 'pat_live…wxyz', scopes: ['notes:read'], createdAt: Date.UTC(2026, 0, 1), expiresAt: Date.UTC(2026, 1, 1) },
  ],
  scopes: [{ value: 'notes:read', label: 'notes:read', hint: 'Read your notes' }],
  days: [7, 30, 90, 365],
  usualDays: 30,
}
const tokensRefused: TokensView = {
  ...tokens,
  tokens: [],
  refused: { name: '', scopes: ['notes:read'], days: '7', problems: [{ field: 'name', message: 'Give the token a name.' }] },
}

const LOGIN_IDS = ['login-identifier', 'login-password', 'login-submit', 'destination']
const SIGNUP_IDS = ['signup-name', 'signup-identifier', 'signup-password', 'signup-submit', 'destination']
const CONSENT_IDS = ['consent-allow', 'consent-deny', 'consent-host', 'consent-client', 'consent-verified', 'signed-in-as', 'switch-person', 'destination']

const KEY_ANSWERS = { caller: 'customer-server', check: 'ask', theft: 'travels', leaning: 'oauth' }

export const samples: readonly Sample[] = [
  sample('sign-in', signInPage, signIn, [...LOGIN_IDS, 'signup-link']),
  sample('sign-in-for-application', signInPage, { ...signIn, continue: continuation, destination }, [...LOGIN_IDS, 'asked-for']),
  sample('sign-in-logo', signInPage, { ...signIn, continue: continuation, destination: askedFor }, [...LOGIN_IDS, 'asked-for']),
  sample(
    'sign-in-refused',
    signInPage,
    { ...signIn, destination, email: 'ada@example.com', problems: [{ message: 'The e-mail address or the password is wrong.' }] },
    [...LOGIN_IDS, 'problems'],
  ),
  { ...sample('sign-in-branded', signInPage, { ...signIn, continue: continuation, destination }, LOGIN_IDS), site: branded.page },
  { ...sample('sign-in-branded-twice', signInPage, signIn, LOGIN_IDS), site: brandedTwice.page },
  { ...sample('consent-branded', consentPage, consent, CONSENT_IDS), site: branded.page },
  { ...sample('account-branded', accountPage, account, ['account-sign-out']), site: branded.page },
  { ...sample('error-branded', errorPage, error, ['error-code'], ['code']), site: branded.page },
  sample('sign-up', signUpPage, { ...signUp, continue: continuation, destination: askedFor }, [...SIGNUP_IDS, 'login-link', 'asked-for']),
  sample(
    'sign-up-refused',
    signUpPage,
    {
      ...signUp,
      name: 'Ada Lovelace',
      email: 'ada at example',
      problems: [
        { field: 'email', message: 'Give an e-mail address such as ada@example.com.' },
        { field: 'password', message: 'Use at least 10 characters that others would not guess.' },
      ],
    },
    [...SIGNUP_IDS, 'problems', 'signup-password-problem'],
  ),
  sample('first-operator', firstOperatorPage, firstOperator, SIGNUP_IDS),
  sample('consent', consentPage, consent, CONSENT_IDS),
  sample('consent-logo', consentPage, { ...consent, maker: { kind: 'operators' }, isVerified: true, logo }, CONSENT_IDS),
  sample(
    'consent-loopback',
    consentPage,
    { ...consent, destination: { applicationName: 'Terminal Helper', redirectUri: 'http://127.0.0.1:53682/cb' }, lasts: 'until_sign_out' },
    [...CONSENT_IDS, 'consent-loopback'],
  ),
  sample(
    'consent-device',
    consentPage,
    { ...consent, isVerified: true, destination: { applicationName: 'Acme Pocket', redirectUri: 'com.acme.pocket:/oauth/callback' } },
    CONSENT_IDS,
  ),
  sample('account', accountPage, account, ['account-sign-out', 'notice', 'session-ses_1', 'end-other-sessions', 'account-applications']),
  sample('account-new', accountPage, { ...account, person: { ...person, isOperator: false }, applicationCount: 0 }, ['account-sign-out']),
  sample('tokens', tokensPage, tokens, ['token-name', 'token-submit', 'token-key_1', 'revoke-key_1', 'tokens-back']),
  sample('tokens-refused', tokensPage, tokensRefused, ['problems', 'token-name-problem'], ['scopes', 'days']),
  sample('operator-keys', operatorKeysPage, keys, ['key-name', 'key-submit', 'root-key-name', 'root-key-submit', 'revoke-key_0CZ4kQx7bN3pTqVw8yLmRd']),
  sample('tokens-networks', tokensPage, { ...tokensRefused, asksNetworks: true }, ['token-networks'], ['scopes', 'days']),
  sample('operator-keys-networks', operatorKeysPage, { ...keys, asksNetworks: true }, ['key-networks']),
  sample('operator-keys-refused', operatorKeysPage, keysRefused, ['problems', 'key-name-problem', 'key-scope-problem'], ['scopes']),
  sample('key-made', keyMadePage, keyMade, ['key-secret', 'key-id', 'key-curl', 'key-done']),
  sample('token-made', keyMadePage, { ...keyMade, kind: 'token', name: 'laptop', doneAt: '/account/tokens' }, ['key-secret', 'key-id', 'key-done']),
  sample('key-made-before', keyMadeBeforePage, keyMadeBefore, ['key-id', 'key-fingerprint', 'key-done']),
  sample('sign-out', signOutPage, signOut, ['logout-confirm', 'logout-stay', 'logout-asked-by', 'destination']),
  sample('signed-out', signedOutPage, signedOut, ['sign-in-again', 'signed-out-return', 'destination']),
  sample('signed-out-frames', signedOutPage, signedOutFrames, ['sign-in-again', 'signed-out-return', 'destination']),
  sample('applications', applicationsPage, applications, ['consent-con_1', 'applications-back']),
  sample('applications-none', applicationsPage, { ...applications, applications: [], notice: 'The application may no longer act for you.' }, [
    'applications-empty',
    'notice',
  ]),
  sample('device-code', deviceCodePage, deviceCode, ['device-code', 'device-submit']),
  sample(
    'device-code-refused',
    deviceCodePage,
    { ...deviceCode, problems: [{ field: 'user_code', message: 'The code is wrong or has expired. Enter it as your device shows it now.' }] },
    ['device-code', 'device-submit', 'problems', 'device-code-problem'],
  ),
  sample('device-ask', deviceAskPage, deviceAsk, ['device-warning', 'consent-allow', 'consent-deny', 'consent-client']),
  sample('device-done', deviceDonePage, { wasAllowed: true }, ['device-done']),
  sample('device-denied', deviceDonePage, { wasAllowed: false }, ['device-done']),
  sample('error', errorPage, error, ['error-code', 'error-detail', 'error-reference', 'error-way'], ['code']),
  sample(
    'error-of-application',
    errorPage,
    { ...error, isOfApplication: true },
    ['error-application', 'error-code', 'error-detail', 'error-reference'],
    ['code'],
  ),
  sample('leaving', leavingPage, leaving, LEAVING_IDS, ['code']),
  sample('leaving-form', leavingPage, { ...leaving, answer: { parameters: { error: 'invalid_scope', state: 's' } } }, LEAVING_IDS, ['code']),
  sample(
    'error-throttled',
    errorPage,
    { code: 'rate_limited', title: 'Too many attempts', detail: 'Wait, then try again.', retryAfterSeconds: 90 },
    ['error-code', 'error-retry'],
    ['code'],
  ),
  sample('error-elsewhere', errorPage, { ...error, code: 'server_error', way: { href: '/account', words: 'Back to your account' } }, [
    'error-code',
    'error-way',
  ]),
  sample('home', homePage, home, ['home-sign-in', 'home-sign-up', 'demo-application', 'demo-api']),
  sample('home-signed-in', homePage, { issuer: home.issuer, isSignUpOpen: false, person }, ['home-account']),
  sample('continue', continuePage, goOn, ['continue-link', 'destination']),
  sample('form-post', formPostPage, formPost, ['form-post-submit', 'destination']),
  sample('refusal', (of: PageSite) => refusalPage(of, 'redirect_uri_unregistered'), {}, ['error-code']),
  sample('refusal-index', (of: PageSite) => refusalIndexPage(of), {}, []),
  sample('advise', (site: PageSite) => questionPage(site, questions[0] ?? assert.fail(), {}), {}, []),
  sample('advise-later', (site: PageSite) => questionPage(site, nextQuestion({ caller: 'third-party' }) ?? assert.fail(), { caller: 'third-party' }), {}, [
    'answers',
  ]),
  sample('advice', (site: PageSite) => advicePage(site, advise(KEY_ANSWERS) ?? assert.fail()), {}, [
    'why',
    'why-not',
    'terms',
    'mistakes',
    'code',
    'make',
    'answers',
  ]),
  sample('comparison', (site: PageSite) => comparisonPage(site), {}, ['variant-secret', 'variant-restricted', 'variant-session', 'variant-opaque']),
]
