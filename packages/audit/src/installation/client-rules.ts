/** Rules over clients, those that are declared and those that a server lists. */
import { isLoopback, parseUrl } from '../address.ts'
import type { FactRule, RuleText, Sighting } from '../rule.ts'
import { isWildcardScope } from './config-rules.ts'
import { type ClientFacts, clientsOf, type InstallationFacts } from './facts.ts'

/** What is wrong with a client, in a few words; nothing if nothing is. */
type ClientCheck = (client: ClientFacts) => readonly string[] | string | false | undefined

function row(text: RuleText, check: ClientCheck): FactRule<InstallationFacts> {
  return {
    ...text,
    check: (facts) =>
      clientsOf(facts).flatMap((client): readonly Sighting[] => {
        const seen = check(client)
        const words = seen === undefined || seen === false ? [] : typeof seen === 'string' ? [seen] : seen
        return words.map((saw) => ({ at: `client ${client.id}`, saw }))
      }),
  }
}

const withSecret = (client: ClientFacts): boolean => client.authenticationMethod.startsWith('client_secret')
const redirects = ({ redirectUris }: ClientFacts, fits: (url: URL) => boolean): readonly string[] =>
  redirectUris.filter((uri) => {
    const url = parseUrl(uri)
    return url !== undefined && fits(url)
  })

const isWeb = (url: URL): boolean => url.protocol === 'http:' || url.protocol === 'https:'
const TUNNELS =
  /(?:^|\.)(?:ngrok(?:-free)?\.(?:io|app|dev)|loca\.lt|trycloudflare\.com|localtunnel\.me|serveo\.net|webhook\.site|requestbin\.com|glitch\.me|codesandbox\.io|stackblitz\.io)$/
const REGISTERED_BY_MACHINE = 20

export const clientRules: readonly FactRule<InstallationFacts>[] = [
  row(
    {
      id: 'installation/client-redirect-not-https',
      what: 'A client has people sent back over plain http',
      why: 'The code can be read on its way.',
      source: 'RFC 9700 §2.6; RFC 6749 §3.1.2.1',
      risk: 'high',
      mend: 'Register the https address.',
    },
    (client) => redirects(client, (url) => url.protocol === 'http:' && !isLoopback(url)),
  ),
  row(
    {
      id: 'installation/client-redirect-wildcard',
      what: 'A redirect URI of a client holds a wildcard',
      why: 'Whoever gets a page under the pattern gets the codes.',
      source: 'RFC 9700 §2.1, §4.1.1',
      risk: 'high',
      mend: 'Register each address whole.',
    },
    ({ redirectUris }) => redirectUris.filter((uri) => uri.includes('*')),
  ),
  row(
    {
      id: 'installation/client-redirect-to-this-machine',
      what: 'A live web client has people sent to their own machine',
      why: 'Whatever program listens there gets the code; it was left from development.',
      source: 'RFC 8252 §8.3',
      risk: 'medium',
      mend: 'Register a client of the test environment for development.',
    },
    (client) => client.environment === 'live' && client.applicationType === 'web' && redirects(client, (url) => isWeb(url) && isLoopback(url)),
  ),
  row(
    {
      id: 'installation/client-redirect-to-tunnel',
      what: 'A live client has people sent to a tunnel or a playground',
      why: 'Such names are given to the next who asks: then the codes are theirs.',
      source: 'RFC 9700 §4.1',
      risk: 'high',
      mend: 'Take it out, or move it to a client of the test environment.',
    },
    (client) => client.environment === 'live' && redirects(client, (url) => TUNNELS.test(url.hostname)),
  ),
  row(
    {
      id: 'installation/client-scheme-not-owned',
      what: 'A native client uses a private scheme without a domain in it',
      why: 'Any other application on the device may take the same scheme, and the code with it.',
      source: 'RFC 8252 §7.1',
      risk: 'medium',
      mend: 'Use a domain of yours backwards, com.example.app:/callback, or an https address that the application claims.',
    },
    (client) => redirects(client, (url) => !isWeb(url) && !url.protocol.includes('.')),
  ),
  row(
    {
      id: 'installation/client-many-redirects',
      what: `A client has more than ${REGISTERED_BY_MACHINE} redirect URIs`,
      why: 'Nobody knows any more which of them are still in the right hands.',
      source: 'RFC 9700 §4.1.3',
      risk: 'low',
      mend: 'Take out those that are not used, or register a client for each application.',
    },
    ({ redirectUris }) => redirectUris.length > REGISTERED_BY_MACHINE && `${redirectUris.length} redirect URIs`,
  ),
  row(
    {
      id: 'installation/client-secret-in-native',
      what: 'A native client proves itself by a secret',
      why: 'The secret is on every device: it is known to whoever unpacks the application.',
      source: 'RFC 8252 §8.5',
      risk: 'medium',
      mend: 'Set its authentication method to none; PKCE protects the code.',
    },
    (client) => client.applicationType === 'native' && withSecret(client) && client.authenticationMethod,
  ),
  row(
    {
      id: 'installation/client-secret-in-body',
      what: 'A client sends its secret in the body',
      why: 'Bodies are logged where headers are not.',
      source: 'RFC 6749 §2.3.1',
      risk: 'low',
      mend: 'Use client_secret_basic, or better private_key_jwt.',
    },
    (client) => client.authenticationMethod === 'client_secret_post' && client.authenticationMethod,
  ),
  row(
    {
      id: 'installation/client-public-for-itself',
      what: 'A client without any proof may get tokens for itself',
      why: 'Its id is public: whoever knows it gets the tokens.',
      source: 'RFC 6749 §4.4',
      risk: 'high',
      mend: 'Give it an authentication method, or take client_credentials away.',
    },
    (client) => client.authenticationMethod === 'none' && client.grantTypes.includes('client_credentials') && 'client_credentials',
  ),
  row(
    {
      id: 'installation/client-may-everything',
      what: 'A client may ask for every scope',
      why: 'A new scope, such as one for administration, is its own the day it is declared.',
      source: 'RFC 9700 §2.3',
      risk: 'high',
      mend: 'List the scopes it needs.',
    },
    ({ scopes }) => scopes.filter(isWildcardScope),
  ),
  row(
    {
      id: 'installation/client-without-pkce',
      what: 'A client is of a profile that does not ask for PKCE',
      why: 'A code that is stolen or injected can be redeemed.',
      source: 'RFC 9700 §2.1.1',
      risk: 'medium',
      mend: 'Set its profile to oauth21 when its library sends code_challenge; most do.',
    },
    ({ profile }) => profile === 'oidc-compat' && profile,
  ),
  row(
    {
      id: 'installation/client-retry-window-long',
      what: 'A refresh token that was used is good again for more than a minute',
      why: 'In that time a thief gets the same successor as the client, and nothing is noticed.',
      source: 'RFC 9700 §4.14.2',
      risk: 'medium',
      mend: 'Set retryWindowSeconds to 30 or less, or take it away.',
    },
    ({ settings }) => (settings?.retryWindowSeconds ?? 0) > 60 && `retryWindowSeconds ${settings?.retryWindowSeconds}`,
  ),
  row(
    {
      id: 'installation/client-keys-over-http',
      what: 'A client keeps its keys at a plain http address',
      why: 'Whoever is on the way puts their own key there and is the client.',
      source: 'RFC 7591 §2; OpenID Connect Registration §2',
      risk: 'high',
      mend: 'Give jwksUri as https.',
    },
    ({ settings }) => {
      const uri = settings?.jwksUri ?? ''
      return uri.startsWith('http:') && uri
    },
  ),
]
