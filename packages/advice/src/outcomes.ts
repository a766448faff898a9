/** Every advice there is. The first that fits is given. */
import type { Outcome, Terms } from './outcome.ts'

const KEY_TERMS: Terms = {
  lifetime: 'Until you revoke it, with an expiry of at most a year (expiresAt; keys.live.requireExpiry makes it a must).',
  rotation: 'Roll it with an overlap of 0 s to 7 d (latchwork keys roll), by hand or by an automatic rotation into a secret store.',
  storage: "In the caller's secret store or environment. Latchwork keeps a SHA-256 digest and shows the key once.",
  binding: 'Networks (networks), scopes and limits on the key.',
}

const ACCESS_TERMS: Terms = {
  lifetime: 'Access token: an hour. Refresh token: 30 days, counted anew at each use.',
  rotation: 'The refresh token changes at every use; an old one that comes again ends the grant.',
  storage: 'On the server of the application, never in a browser.',
  binding: 'The code by PKCE, the token by its audience; the client proves itself at the token endpoint.',
}

/** What a token that APIs check by themselves is worth, however its client proves itself. */
const SIGNED_LIFETIME =
  'Access token: an hour at most; set accessTokenLifetimeSeconds of the API lower. It cannot be taken back before, except where verifiers hear the revocation stream.'

const SIGNED_SETTING = "Set tokenFormat: 'jwt' for the API in the configuration: its tokens are opaque otherwise, and must be asked about."

const NO_SESSION = 'A session is for a person at a front end of yours: there is none here.'

export const outcomes: readonly Outcome[] = [
  {
    id: 'client-credentials-signed-and-proven',
    title: 'OAuth client credentials, proven by a key that never travels, with a JWT access token',
    families: ['oauth'],
    fits: ({ check, theft }) => check === 'offline' && theft === 'stays',
    why: [
      'The caller signs a short statement with its private key (private_key_jwt); the key itself never leaves it.',
      'Your API checks the signature of the token by itself, with keys it fetches now and then: nothing is asked at a call.',
      SIGNED_SETTING,
    ],
    whyNot: {
      'api-key': 'A key travels with every call, and says nothing by itself: whoever gets one has to ask what it may do.',
      session: NO_SESSION,
    },
    terms: {
      lifetime: `${SIGNED_LIFETIME} The key pair: a year.`,
      rotation: "Publish a second public key in the client's JWK set, sign with it, take the first away; signing keys of the server turn by themselves.",
      storage: 'The private key in an HSM, a TPM or a secret store; the token in memory.',
      binding: 'The client to its key, the token to your API by its audience. The token is a bearer token: whoever sees it has it until it expires.',
    },
    mistakes: [
      'Accepting whatever alg the token names: pin ES256.',
      'Not checking aud and iss: a token for another API then opens yours.',
      'Sending the same assertion twice: each jti works once.',
      'Keeping the private key beside the code.',
    ],
    snippets: 'signed-token',
    making: { makes: 'client', grantTypes: ['client_credentials'], authenticationMethod: 'private_key_jwt', applicationType: 'web' },
  },
  {
    id: 'client-credentials-signed',
    title: 'OAuth client credentials with a JWT access token',
    families: ['oauth'],
    fits: ({ check }) => check === 'offline',
    why: [
      'Your API checks the signature by itself, with keys it fetches now and then: nothing is asked at a call.',
      'The token names your API as its audience and ends within the hour, so that one that leaks is not worth much.',
      SIGNED_SETTING,
    ],
    whyNot: {
      'api-key': 'A key says nothing by itself: whoever gets one has to ask what it may do.',
      session: NO_SESSION,
    },
    terms: {
      lifetime: SIGNED_LIFETIME,
      rotation: 'Client secrets roll with an overlap (latchwork clients roll-secret); signing keys turn by themselves.',
      storage: "The client's secret or private key in its secret store; the token in memory.",
      binding: 'The audience. The token is a bearer token: whoever sees it has it until it expires.',
    },
    mistakes: [
      'Accepting whatever alg the token names: pin ES256.',
      'Not checking aud and iss: a token for another API then opens yours.',
      'Asking for a token at every call instead of keeping it until it ends.',
      'Lifetimes of days, because asking again seemed dear.',
    ],
    snippets: 'signed-token',
    making: { makes: 'client', grantTypes: ['client_credentials'], authenticationMethod: 'client_secret_basic', applicationType: 'web' },
  },
  {
    id: 'client-credentials-proven',
    title: 'OAuth client credentials, proven by a key that never travels',
    families: ['oauth'],
    fits: ({ theft }) => theft === 'stays',
    why: [
      'The caller signs a short statement with its private key (private_key_jwt); the key itself never leaves it.',
      'What travels with calls is a token that ends in an hour and can be revoked at once.',
    ],
    whyNot: {
      'api-key': 'A key travels with every call, and is as good to whoever sees it as to its owner.',
      session: NO_SESSION,
    },
    terms: {
      lifetime: 'Access token: an hour, opaque, revocable at once. The key pair: a year.',
      rotation: "Publish a second public key in the client's JWK set, sign with it, take the first away.",
      storage: 'The private key in an HSM, a TPM or a secret store; the token in memory.',
      binding: 'The client to its key. The token is a bearer token: whoever sees it has it for its hour, or until you revoke it.',
    },
    mistakes: [
      'Sending the same assertion twice: each jti works once.',
      'Putting the token endpoint of one server into the aud of an assertion for another.',
      'Keeping the private key beside the code.',
    ],
    snippets: 'opaque-token',
    making: { makes: 'client', grantTypes: ['client_credentials'], authenticationMethod: 'private_key_jwt', applicationType: 'web' },
  },
  {
    id: 'personal-access-token',
    title: 'A personal access token',
    families: ['api-key'],
    fits: ({ cli }) => cli === 'paste',
    why: [
      'It stands for one person at one account, so that your API knows who it is and what they may do.',
      'They make it on a page, paste it once, see when it was last used, and take it back there.',
    ],
    whyNot: {
      session: 'A session ends after minutes without its refresh cookie, which a tool has no place for.',
      oauth: 'A browser flow is better where people can open one; here they cannot, or only once.',
    },
    terms: {
      lifetime: 'Give it an expiry of 30 to 90 days.',
      rotation: 'A new one is made on /account/tokens; the old one is revoked there.',
      storage: "In the operating system's keyring, or a file that only its owner can read.",
      binding: 'Never more than the person may; it dies when they leave the account.',
    },
    mistakes: [
      'Taking it as an argument: it stands in the history and in the process list. Read a file or the environment.',
      'Writing it to the log with the request.',
      'Tokens without an expiry that nobody remembers.',
    ],
    snippets: 'key',
    making: { makes: 'key', kind: 'pat' },
  },
  {
    id: 'restricted-key',
    title: 'A restricted API key',
    families: ['api-key'],
    fits: ({ caller, cli }) => ['own-server', 'customer-server', 'job'].includes(caller ?? '') || cli === 'program',
    why: [
      'There is no person to ask and no third party to trust: one secret that names what it may do is all there is to it.',
      'It is revoked at once, everywhere, and you see when and from where it is used.',
    ],
    whyNot: {
      session: NO_SESSION,
      oauth:
        'Client credentials would add a token endpoint and a second secret that lives as long as a key. Take them for offline checks, or where the secret must not travel.',
    },
    terms: KEY_TERMS,
    mistakes: [
      'One key for every customer, or for test and live.',
      'Keys in a browser or a mobile application: they are everybody’s the day they ship.',
      'Keys in the address: they stand in logs and histories.',
      'Comparing keys with ==, or storing them as they are.',
      'Keys that may do everything, because scopes were left for later.',
    ],
    snippets: 'key',
    making: { makes: 'key', kind: 'rk' },
  },
  {
    id: 'native-code-flow',
    title: 'OAuth in the browser: code with PKCE, back over a loopback address',
    families: ['oauth'],
    fits: ({ cli }) => cli === 'browser',
    why: [
      'The person signs in where they are used to, with everything your sign-in has; the tool never sees a password.',
      'The tool is a public client: it ships no secret, because it could not keep one.',
    ],
    whyNot: {
      'api-key': 'A key that people carry from a page to a terminal ends up in files and chats.',
      session: 'A session is bound to the cookies of your own front end.',
    },
    terms: { ...ACCESS_TERMS, storage: "In the operating system's keyring." },
    mistakes: [
      'A client secret in the tool: everybody who has the tool has it.',
      'An embedded browser: it can read the password (RFC 8252 §8.12).',
      'A fixed port: register http://127.0.0.1/callback, any port of it is taken (RFC 8252 §7.3).',
      'Not comparing state, or iss of the answer.',
    ],
    snippets: 'opaque-token',
    making: { makes: 'client', grantTypes: ['authorization_code', 'refresh_token'], authenticationMethod: 'none', applicationType: 'native' },
  },
  {
    id: 'session-and-oauth',
    title: 'Sessions for your own front end, OAuth for the applications of others',
    families: ['session', 'oauth'],
    fits: ({ others }) => others === 'yes',
    why: [
      'Your own front end needs no consent and no redirect: a session is simpler and safer there.',
      'Others must be allowed by the person, for some scopes, and be taken back one by one. Your API asks one question for both: authenticate() answers with the same principal.',
    ],
    whyNot: { 'api-key': 'A key says nothing of a person, and in a browser it is everybody’s.' },
    terms: {
      lifetime: 'Session: access token of ten minutes, refresh cookie of 30 days. OAuth: access token of an hour, refresh token of 30 days.',
      rotation: 'Both refresh tokens change at every use; an old one that comes again ends its family.',
      storage: 'Session: access token in memory, refresh token in a __Host- cookie that scripts cannot read. OAuth: on the server of the application.',
      binding: 'Session: the cookie to your site. OAuth: the code by PKCE, the token by its audience.',
    },
    mistakes: [
      'Tokens in localStorage: every script of the page can read them.',
      'Making your own front end an OAuth client with a consent screen.',
      'Scopes that say read and write and nothing else.',
      'Wildcard redirect URIs.',
    ],
    snippets: 'own-token',
    making: { makes: 'settings', configuration: 'sessions' },
  },
  {
    id: 'session',
    title: 'A session: a short JWT, and a refresh token in a cookie',
    families: ['session'],
    fits: ({ caller }) => caller === 'own-front-end',
    why: [
      'It is your own front end: there is nobody to delegate to, and nothing to consent to.',
      'Your APIs check the JWT by themselves in microseconds; signing out is heard by them at once.',
    ],
    whyNot: {
      'api-key': 'A key in a browser or on a phone is everybody’s the day it ships, and says nothing of the person.',
      oauth: 'Its consent, redirects and client registrations protect a person from a third party. You are none to your own people.',
    },
    terms: {
      lifetime: 'Access token: ten minutes. Refresh token: 30 days without use, 90 in all.',
      rotation: 'The refresh token changes at every use; an old one that comes again ends the session.',
      storage: 'Access token in memory. Refresh token in a __Host- cookie: HttpOnly, Secure, SameSite=Strict.',
      binding: 'The cookie to your site, the token to your APIs by aud.',
    },
    mistakes: [
      'Tokens in localStorage or sessionStorage: every script of the page can read them.',
      'Access tokens of a day, because refreshing seemed hard.',
      'Reading claims without checking the signature, alg, iss and aud.',
      'A cookie without HttpOnly, Secure and SameSite.',
    ],
    snippets: 'own-token',
    making: { makes: 'settings', configuration: 'sessions' },
  },
  {
    id: 'site-code-flow',
    title: 'OpenID Connect: your site signs people in, tokens stay on its server',
    families: ['oauth'],
    fits: ({ caller }) => caller === 'own-site',
    why: [
      'Your site is a confidential client: it gets the code, trades it on the server, and keeps its own session cookie.',
      'No token ever reaches the browser, and several sites share one sign-in and one sign-out.',
    ],
    whyNot: {
      'api-key': 'A key says nothing of the person.',
      session: 'The session of this server refreshes by a script in the page; a site rendered on the server has a better place for tokens.',
    },
    terms: { ...ACCESS_TERMS, storage: "In your site's server-side session; the browser has an HttpOnly cookie that means nothing elsewhere." },
    mistakes: [
      'Putting the access token into a cookie or the page.',
      'Not checking nonce, or the ID token’s aud and iss.',
      'Signing out of the site alone: ask end_session_endpoint, and take the back-channel sign-out.',
      'A redirect URI that goes on to wherever the request says.',
    ],
    snippets: 'opaque-token',
    making: { makes: 'client', grantTypes: ['authorization_code', 'refresh_token'], authenticationMethod: 'client_secret_basic', applicationType: 'web' },
  },
  {
    id: 'delegated-code-flow',
    title: 'OAuth 2.1: the person allows the application, scope by scope',
    families: ['oauth'],
    fits: ({ holder }) => holder === 'server',
    why: [
      'The application acts for a person, so that person has to say yes, and can take it back without asking you.',
      'It gets a token for some scopes and one API, never the person’s password.',
    ],
    whyNot: {
      'api-key': 'A key cannot say for whom it acts or what the person allowed.',
      session: 'A session would give the application everything the person may do.',
    },
    terms: ACCESS_TERMS,
    mistakes: [
      'Redirect URIs with wildcards, or compared by their beginning.',
      'Leaving state, PKCE or iss out.',
      'Tokens in addresses or logs.',
      'Asking for every scope at once, because the consent comes only once.',
    ],
    snippets: 'opaque-token',
    making: { makes: 'client', grantTypes: ['authorization_code', 'refresh_token'], authenticationMethod: 'client_secret_basic', applicationType: 'web' },
  },
  {
    id: 'public-code-flow',
    title: 'OAuth 2.1 for a public client: code with PKCE, no secret',
    families: ['oauth'],
    fits: ({ holder }) => holder === 'public',
    why: [
      'What runs on somebody’s device can keep no secret, so it has none: PKCE ties the code to the one that asked.',
      'The person allows it, scope by scope, and can take it back.',
    ],
    whyNot: {
      'api-key': 'Whoever installs the application has the key.',
      session: 'It is not your front end: a session would give it everything the person may do.',
    },
    terms: {
      ...ACCESS_TERMS,
      storage: 'On a phone in its keystore. In a browser: better on a small server behind the page (a backend for the front end) than in the page.',
    },
    mistakes: [
      'A client secret in the bundle or the package.',
      'The implicit flow (response_type=token): the token stands in the address.',
      'Tokens in localStorage.',
      'A private-use scheme without a domain: any application can take it.',
    ],
    snippets: 'opaque-token',
    making: { makes: 'client', grantTypes: ['authorization_code', 'refresh_token'], authenticationMethod: 'none', applicationType: 'by-redirect' },
  },
  {
    id: 'device-flow',
    title: 'OAuth 2.0 device grant: a code is shown, and allowed on another device',
    families: ['oauth'],
    fits: ({ holder }) => holder === 'device',
    why: [
      'The person signs in and allows it on a phone or computer they trust; the device sees no password.',
      'The device polls, and gets a token like any other application.',
    ],
    whyNot: { 'api-key': 'Typing a key of fifty characters with a remote control is what people do once.', session: 'There is no browser to keep a cookie.' },
    terms: {
      ...ACCESS_TERMS,
      storage: 'In the protected storage of the device.',
      binding: 'The token by its audience. The short code is good for minutes and for one device.',
    },
    mistakes: [
      'Polling faster than interval says.',
      'Hiding which device asks: people then allow a stranger’s (RFC 8628 §5.4).',
      'A client secret on the device.',
    ],
    snippets: 'opaque-token',
    making: {
      makes: 'client',
      grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      authenticationMethod: 'none',
      applicationType: 'native',
    },
  },
  {
    id: 'connected-key',
    title: 'A key born of a consent',
    families: ['oauth', 'api-key'],
    fits: ({ holder }) => holder === 'fixed',
    why: [
      'The person allows it on a consent page, and what comes out is an API key that the tool can hold.',
      'It lives by that consent: taken back on /account/applications, the key is dead.',
    ],
    whyNot: { session: 'It is not your front end: a session would give it everything the person may do.' },
    terms: { ...KEY_TERMS, lifetime: 'As long as the consent.', binding: 'The consent and its scopes; never more than the person may.' },
    mistakes: [
      'Letting people copy a secret key of the account into the tool instead: it may do everything and is bound to nobody.',
      'Forgetting that a consent screen says for how long: a key lasts until it is taken back.',
      'Keys in the address of a webhook.',
    ],
    snippets: 'key',
    making: { makes: 'client', grantTypes: ['authorization_code', 'refresh_token'], authenticationMethod: 'client_secret_basic', applicationType: 'web' },
  },
]
