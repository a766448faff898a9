/** Rules over the configuration. */
import { isLoopback, isPlainHttp, parseUrl } from '../address.ts'
import type { FactRule, RuleText, Sighting } from '../rule.ts'
import type { ConfigFacts, InstallationFacts } from './facts.ts'

const DAY = 24 * 3600

type ConfigCheck = (config: ConfigFacts) => readonly Sighting[] | Sighting | false | undefined

function row(text: RuleText, check: ConfigCheck): FactRule<InstallationFacts> {
  return { ...text, check: ({ config }) => config !== undefined && check(config) }
}

const isOver = (at: string, value: number, most: number): Sighting | false => value > most && { at, saw: String(value) }

/** How much of the address space a block covers: the bits that are fixed. */
function fixedBits(block: string): number | undefined {
  const [address = '', bits] = block.split('/')
  const all = address.includes(':') ? 128 : 32
  return bits === undefined ? all : Number(bits)
}

const isWide = (block: string): boolean => (fixedBits(block) ?? 0) < (block.includes(':') ? 32 : 8)
const METADATA_HOSTS = /^(?:169\.254\.169\.254|metadata\.google\.internal|\[?fd00:ec2::254\]?|100\.100\.100\.200)(?::|$)/
const IDENTITY_SCOPES = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])
export const isWildcardScope = (scope: string): boolean => scope === '*' || scope.startsWith('*:')

export const configRules: readonly FactRule<InstallationFacts>[] = [
  row(
    {
      id: 'installation/issuer-not-https',
      what: 'The issuer is plain http and not on this machine',
      why: 'Passwords, codes and tokens can be read and changed on their way.',
      source: 'RFC 8414 §2; RFC 9700 §2.6',
      risk: 'high',
      mend: 'Give issuer as https, with http.tls or a proxy that speaks TLS.',
    },
    ({ issuer }) => isPlainHttp(issuer) && { at: 'issuer', saw: issuer },
  ),
  row(
    {
      id: 'installation/development-mode',
      what: 'The installation runs in development mode',
      why: 'Its defaults are made for trying things: anybody may sign up, and plain http is accepted on this machine.',
      source: 'Latchwork E7',
      risk: 'low',
      mend: 'Set mode to production, and issuer to the https address people use.',
    },
    ({ mode }) => mode === 'development' && { at: 'mode', saw: mode },
  ),
  row(
    {
      id: 'installation/no-tls-and-no-proxy',
      what: 'The issuer is https, but the server neither speaks TLS nor knows its proxy',
      why: 'Requests arrive unencrypted and are refused, or the address of callers cannot be known.',
      source: 'Latchwork V5',
      risk: 'medium',
      mend: 'Set http.tls, or list the proxy in http.trustedProxies.',
    },
    ({ issuer, http }) => issuer.startsWith('https:') && http.tls === undefined && http.trustedProxies.length === 0 && { at: 'http.trustedProxies' },
  ),
  row(
    {
      id: 'installation/proxies-too-wide',
      what: 'A block of trusted proxies covers far more than proxies',
      why: 'Whoever is in it can claim any address and get around throttles, and claim that a plain request was encrypted.',
      source: 'RFC 7239 §8.1',
      risk: 'high',
      mend: 'List the addresses of your own proxies, such as 10.0.3.0/28.',
    },
    ({ http }) => http.trustedProxies.filter(isWide).map((saw) => ({ at: 'http.trustedProxies', saw })),
  ),
  row(
    {
      id: 'installation/reachable-beside-proxy',
      what: 'The server listens on every interface without TLS of its own',
      why: 'Whoever reaches the port goes around the proxy and speaks plain http.',
      source: 'OWASP ASVS 5.0 §12.3.1',
      risk: 'low',
      mend: 'Listen on localhost or an address that the proxy alone can reach, or set http.tls.',
    },
    ({ http, mode }) => mode === 'production' && http.tls === undefined && /^(?:0\.0\.0\.0|::|\[::\])$/.test(http.host) && { at: 'http.host', saw: http.host },
  ),
  row(
    {
      id: 'installation/certificate-header-from-anybody',
      what: 'Client certificates are read from a header, and no proxy is trusted to set it',
      why: 'The header is what proves a client; it must come from a proxy that strips it from callers.',
      source: 'RFC 9440 §4',
      risk: 'high',
      mend: 'List the proxy in http.trustedProxies, or leave oauth.mtls.header away.',
    },
    ({ clientProofs, http }) =>
      clientProofs.mtls?.header !== undefined && http.trustedProxies.length === 0 && { at: 'oauth.mtls.header', saw: clientProofs.mtls.header },
  ),
  row(
    {
      id: 'installation/sign-up-open',
      what: 'Anybody who reaches the server can make an account',
      why: 'Accounts made by programs fill the database and are the way in for whatever asks only for a signed-in person.',
      source: 'Latchwork E7',
      risk: 'low',
      mend: 'Set signUp.open to false unless the site is for everybody.',
    },
    ({ mode, signUp }) => mode === 'production' && signUp.open && { at: 'signUp.open', saw: 'true' },
  ),
  row(
    {
      id: 'installation/registration-open',
      what: 'Anybody can register a client',
      why: 'A client with a trusted-looking name is what consent phishing begins with.',
      source: 'RFC 7591 §5; RFC 9700 §4.1',
      risk: 'medium',
      mend: 'Set registration.mode to token, or ask for software statements.',
    },
    ({ registration }) => registration.mode === 'open' && !registration.needsStatement && { at: 'registration.mode', saw: 'open' },
  ),
  row(
    {
      id: 'installation/registration-redirects-anywhere',
      what: 'Clients that register themselves may send people to any host',
      why: 'Codes go wherever whoever registered the client likes.',
      source: 'RFC 7591 §5',
      risk: 'low',
      mend: 'List the hosts in registration.redirectHosts.',
    },
    ({ registration }) => registration.mode !== 'closed' && registration.redirectHosts.length === 0 && { at: 'registration.redirectHosts' },
  ),
  row(
    {
      id: 'installation/registration-scopes-beyond-identity',
      what: 'Clients that anybody registers may ask for scopes of your APIs',
      why: 'The consent screen is then all that stands between a stranger and people’s data.',
      source: 'RFC 7591 §5',
      risk: 'medium',
      mend: 'Leave openid, profile, email and offline_access in registration.scopes; give more by hand.',
    },
    ({ registration }) =>
      registration.mode === 'open' && registration.scopes.filter((scope) => !IDENTITY_SCOPES.has(scope)).map((saw) => ({ at: 'registration.scopes', saw })),
  ),
  row(
    {
      id: 'installation/application-scopes-wildcard',
      what: 'Applications of developers, or clients that register themselves, may ask for every scope',
      why: 'A new scope, such as one for administration, is theirs the day it is declared.',
      source: 'RFC 9700 §2.3',
      risk: 'high',
      mend: 'List the scopes one by one.',
    },
    ({ applications, registration }) => [
      ...(applications.maxPerPerson > 0 ? applications.scopes : []).filter(isWildcardScope).map((saw) => ({ at: 'applications.scopes', saw })),
      ...(registration.mode === 'closed' ? [] : registration.scopes).filter(isWildcardScope).map((saw) => ({ at: 'registration.scopes', saw })),
    ],
  ),
  row(
    {
      id: 'installation/registrations-unbounded',
      what: 'One network may register more than 200 clients in an hour',
      why: 'A program fills the list of clients, and people cannot tell the right one.',
      source: 'RFC 7591 §5',
      risk: 'low',
      mend: 'Lower registration.perAddressPerHour.',
    },
    ({ registration }) => registration.mode === 'open' && isOver('registration.perAddressPerHour', registration.perAddressPerHour, 200),
  ),
  row(
    {
      id: 'installation/session-tokens-long',
      what: 'Access tokens of sessions live longer than 15 minutes',
      why: 'A token taken from a page is good for as long.',
      source: 'Latchwork J4',
      risk: 'medium',
      mend: 'Set sessions.accessTokenLifetimeSeconds to 900 or less; front ends refresh by themselves.',
    },
    ({ sessions }) => isOver('sessions.accessTokenLifetimeSeconds', sessions.accessTokenLifetimeSeconds, 900),
  ),
  row(
    {
      id: 'installation/oauth-tokens-long',
      what: 'Access tokens of applications live longer than an hour',
      why: 'A bearer token is good for whoever holds it, for as long as it lives.',
      source: 'RFC 9700 §2.2.1, §4.10',
      risk: 'medium',
      mend: 'Set oauth.accessTokenLifetimeSeconds to 3600 or less.',
    },
    ({ oauth }) => isOver('oauth.accessTokenLifetimeSeconds', oauth.accessTokenLifetimeSeconds, 3600),
  ),
  row(
    {
      id: 'installation/idle-too-long',
      what: 'A session or a grant that is not used stays good for more than 90 days',
      why: 'A refresh token that was forgotten on a device is good for its finder.',
      source: 'RFC 9700 §4.14.2; OWASP ASVS 5.0 §7.3.1',
      risk: 'medium',
      mend: 'Lower refreshLifetimeSeconds.',
    },
    ({ sessions, oauth }) =>
      [
        isOver('sessions.refreshLifetimeSeconds', sessions.refreshLifetimeSeconds, 90 * DAY),
        isOver('oauth.refreshLifetimeSeconds', oauth.refreshLifetimeSeconds, 90 * DAY),
      ].filter((one) => one !== false),
  ),
  row(
    {
      id: 'installation/never-asked-again',
      what: 'A session lives longer than 180 days, or a grant longer than 366, however it is used',
      why: 'What was taken over once stays taken over: nobody has to prove themselves again.',
      source: 'OWASP ASVS 5.0 §7.3.2',
      risk: 'medium',
      mend: 'Lower absoluteLifetimeSeconds.',
    },
    ({ sessions, oauth }) =>
      [
        isOver('sessions.absoluteLifetimeSeconds', sessions.absoluteLifetimeSeconds, 180 * DAY),
        isOver('oauth.absoluteLifetimeSeconds', oauth.absoluteLifetimeSeconds, 366 * DAY),
      ].filter((one) => one !== false),
  ),
  row(
    {
      id: 'installation/allowed-origin-not-https',
      what: 'A front end on plain http may use the session API',
      why: 'Whoever is on the way puts script into its pages and acts with the session of whoever opens them.',
      source: 'OWASP ASVS 5.0 §12.2.1',
      risk: 'high',
      mend: 'List the https origin in sessions.allowedOrigins; keep origins of this machine to development.',
    },
    ({ sessions, mode }) =>
      sessions.allowedOrigins
        .filter((origin) => {
          const url = parseUrl(origin)
          return url?.protocol === 'http:' && (mode === 'production' || !isLoopback(url))
        })
        .map((saw) => ({ at: 'sessions.allowedOrigins', saw })),
  ),
  row(
    {
      id: 'installation/compat-profile-enabled',
      what: 'Clients may do without PKCE',
      why: 'A code that is stolen or injected can be redeemed.',
      source: 'RFC 9700 §2.1.1',
      risk: 'low',
      mend: 'Move the clients that need it, and take oidc-compat out of oauth.profiles.',
    },
    ({ clientProofs }) => clientProofs.profiles.includes('oidc-compat') && { at: 'oauth.profiles', saw: 'oidc-compat' },
  ),
  row(
    {
      id: 'installation/signing-rotates-seldom',
      what: 'A signing key signs for more than a year',
      why: 'A key that leaked unseen forges tokens until it is changed.',
      source: 'OWASP ASVS 5.0 §11.1.1; Latchwork V2',
      risk: 'medium',
      mend: 'Set signing.rotateEveryDays to 365 or less; nothing is refused because of a rotation.',
    },
    ({ signing }) => isOver('signing.rotateEveryDays', signing.rotateEveryDays, 365),
  ),
  row(
    {
      id: 'installation/signing-published-late',
      what: 'A signing key is published less than six hours before it signs',
      why: 'Verifiers that keep a copy of the key set for longer refuse good tokens.',
      source: 'OpenID Connect Core §10.1.1',
      risk: 'low',
      mend: 'Set signing.publishAheadHours to 24.',
    },
    ({ signing }) => signing.publishAheadHours < 6 && { at: 'signing.publishAheadHours', saw: String(signing.publishAheadHours) },
  ),
  row(
    {
      id: 'installation/live-keys-live-for-ever',
      what: 'Live API keys may be made without an expiry',
      why: 'A key that was forgotten in a script is good for whoever finds it, years later.',
      source: 'OWASP ASVS 5.0 §13.3.4; Latchwork K7',
      risk: 'low',
      mend: 'Set keys.live.requireExpiry or keys.live.maxLifetimeDays.',
    },
    ({ keys, mode }) =>
      mode === 'production' && !keys.live.requireExpiry && keys.live.maxLifetimeDays === undefined && { at: 'keys.live.requireExpiry', saw: 'false' },
  ),
  row(
    {
      id: 'installation/live-keys-live-long',
      what: 'Live API keys may be made to live longer than two years',
      why: 'An expiry so far away is none.',
      source: 'OWASP ASVS 5.0 §13.3.4',
      risk: 'low',
      mend: 'Set keys.live.maxLifetimeDays to 365.',
    },
    ({ keys }) => isOver('keys.live.maxLifetimeDays', keys.live.maxLifetimeDays ?? 0, 730),
  ),
  row(
    {
      id: 'installation/unused-keys-unseen',
      what: 'A key must rest for more than a year until it is reported as unused',
      why: 'Keys that nobody needs are keys that nobody watches.',
      source: 'Latchwork K14',
      risk: 'low',
      mend: 'Set keys.unusedAfterDays to 90.',
    },
    ({ keys }) => isOver('keys.unusedAfterDays', keys.unusedAfterDays, 365),
  ),
  row(
    {
      id: 'installation/registrations-kept',
      what: 'A client that registered itself and was never used stays for more than half a year',
      why: 'Each is a name that can be shown on a consent screen one day.',
      source: 'RFC 7591 §5',
      risk: 'low',
      mend: 'Set registration.unusedAfterDays to 30.',
    },
    ({ registration }) => registration.mode !== 'closed' && isOver('registration.unusedAfterDays', registration.unusedAfterDays, 183),
  ),
  row(
    {
      id: 'installation/events-kept-for-ever',
      what: 'Events are never removed',
      why: 'They say who signed in when and from where, and are kept longer than anybody needs them; the database grows without end.',
      source: 'GDPR article 5(1)(e); Latchwork R7',
      risk: 'low',
      mend: 'Set events.keepDays to what you are obliged to keep, and take events.keepForever away.',
    },
    ({ events }) => events.keepDays === undefined && { at: 'events.keepForever', saw: 'true' },
  ),
  row(
    {
      id: 'installation/events-kept-short',
      what: 'Events are kept for less than 90 days',
      why: 'A break-in is often found months later, and then nothing says what was done.',
      source: 'OWASP ASVS 5.0 §16.1.1; PCI DSS 4.0 §10.5.1',
      risk: 'low',
      mend: 'Set events.keepDays to 90 or more; many auditors ask for a year.',
    },
    ({ mode, events }) => mode === 'production' && (events.keepDays ?? 90) < 90 && { at: 'events.keepDays', saw: String(events.keepDays) },
  ),
  row(
    {
      id: 'installation/leaked-live-keys-left',
      what: 'A live credential that is reported as leaked is not ended',
      why: 'Those who look for keys on public pages find it within minutes.',
      source: 'Latchwork K12',
      risk: 'medium',
      mend: 'Set leaks.live to revoke, or to revoke after a while.',
    },
    ({ leaks }) => leaks.policy.live === 'notify' && { at: 'leaks.live', saw: 'notify' },
  ),
  row(
    {
      id: 'installation/outbound-to-cloud-metadata',
      what: 'The server may fetch from the metadata service of the cloud',
      why: 'A client with the right jwks_uri then makes the server ask for the credentials of its own machine.',
      source: 'RFC 7591 §5; OWASP ASVS 5.0 §13.2.5',
      risk: 'high',
      mend: 'Take the address out of outbound.allow.',
    },
    ({ outbound }) => outbound.allow.filter((host) => METADATA_HOSTS.test(host)).map((saw) => ({ at: 'outbound.allow', saw })),
  ),
  row(
    {
      id: 'installation/database-in-clear',
      what: 'The connection to a database elsewhere is not encrypted for certain',
      why: 'Digests, sealed secrets and people’s data can be read on their way, and answers changed.',
      source: 'OWASP ASVS 5.0 §12.3.1',
      risk: 'medium',
      mend: 'Add sslmode=verify-full to database.url.',
    },
    ({ database }) => database.engine === 'postgres' && isUnencrypted(database.url.reveal()) && { at: 'database.url' },
  ),
  row(
    {
      id: 'installation/mail-in-clear',
      what: 'Mail is handed over without TLS for certain',
      why: 'Links that let people in can be read on their way.',
      source: 'RFC 8314 §3',
      risk: 'medium',
      mend: 'Use smtps:// in mail.smtpUrl, or add ?requireTLS=true.',
    },
    ({ mail }) => mail !== undefined && isClearMail(mail.smtpUrl.reveal()) && { at: 'mail.smtpUrl' },
  ),
  row(
    {
      id: 'installation/nobody-is-alerted',
      what: 'Unusual use of keys is told to nobody',
      why: 'It stands in the events, where it is found when somebody looks.',
      source: 'OWASP ASVS 5.0 §16.3; Latchwork K13',
      risk: 'low',
      mend: 'Set alerts.emailTo or alerts.webhook.',
    },
    ({ alerts, mode }) => mode === 'production' && alerts.webhook === undefined && alerts.emailTo.length === 0 && { at: 'alerts.emailTo' },
  ),
  row(
    {
      id: 'installation/log-too-chatty',
      what: 'The log of a production server is at debug or trace',
      why: 'It holds more about people than is needed, and is kept and copied.',
      source: 'OWASP ASVS 5.0 §16.2.5',
      risk: 'low',
      mend: 'Set log.level to info.',
    },
    ({ log, mode }) => mode === 'production' && /^(?:debug|trace)$/.test(log.level) && { at: 'log.level', saw: log.level },
  ),
  row(
    {
      id: 'installation/root-key-may-everything',
      what: 'A root key may do everything',
      why: 'Whoever finds it owns the installation.',
      source: 'OWASP ASVS 5.0 §13.2.2',
      risk: 'high',
      mend: 'Give each program the scopes it needs, such as credentials:verify and revocations:read.',
    },
    ({ rootKeys }) => rootKeys.filter(({ scopes }) => scopes.some(isWildcardScope)).map(({ name }) => ({ at: `root key ${name}` })),
  ),
]

function isUnencrypted(address: string): boolean {
  const url = parseUrl(address)
  if (url === undefined || isLoopback(url) || url.hostname === '' || url.searchParams.get('host')?.startsWith('/')) return false
  return !/^(?:require|verify-ca|verify-full)$/.test(url.searchParams.get('sslmode') ?? '')
}

function isClearMail(address: string): boolean {
  const url = parseUrl(address)
  return url?.protocol === 'smtp:' && !isLoopback(url) && url.port !== '465' && url.searchParams.get('requireTLS') !== 'true'
}
