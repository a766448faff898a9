/** Requests, what their route needs, and the outcome. */
import * as world from './world.ts'
import {
  ambiguous,
  credentialOf,
  inQuery,
  insecure,
  invalid,
  malformed,
  missing,
  principalOf,
  scopeMissing,
  texts,
  wrongAddress,
  wrongEnvironment,
} from './world.ts'

interface Shape {
  readonly url?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly secure?: boolean
  readonly loopback?: boolean
  readonly remoteAddress?: string
  readonly needs?: { readonly scopes?: readonly string[]; readonly cookie?: string; readonly mechanisms?: readonly string[] }
  readonly development?: boolean
}

function vector(name: string, shape: Shape, expect: object) {
  const { url = '/notes', headers = {}, secure = true, loopback = false, remoteAddress, needs, development = false } = shape
  return {
    name,
    request: { method: 'GET', url, headers, secure, loopback, ...(remoteAddress === undefined ? {} : { remoteAddress }) },
    ...(needs === undefined ? {} : { needs }),
    ...(development ? { development } : {}),
    expect,
  }
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const known = principalOf(texts.live)

export function requestVectors() {
  return [...carriers(), ...headers(), ...queries(), ...transports(), ...credentials(), ...slots(), ...needs(), ...addresses()]
}

function carriers() {
  return [
    vector('Authorization: Bearer', { headers: bearer(texts.live) }, known),
    vector('the scheme in any case (RFC 9110 §11.1)', { headers: { authorization: `bEARER ${texts.live}` } }, known),
    vector('two spaces after the scheme', { headers: { authorization: `Bearer  ${texts.live}` } }, known),
    vector('X-API-Key', { headers: { 'x-api-key': texts.live } }, known),
    vector('a header as a list of one', { headers: { authorization: [`Bearer ${texts.live}`] } }, known),
    vector('an opaque access token', { headers: bearer(texts.accessToken) }, principalOf(texts.accessToken)),
    vector(
      'an opaque access token in X-API-Key: the carrier makes no difference',
      { headers: { 'x-api-key': texts.accessToken } },
      principalOf(texts.accessToken),
    ),
    vector('a cookie the route names', { headers: { cookie: `theme=dark; key=${texts.live}` }, needs: { cookie: 'key' } }, known),
    vector('a cookie the route does not name', { headers: { cookie: `key=${texts.live}` } }, missing),
    vector('another cookie than the one the route names', { headers: { cookie: `xkey=${texts.live}; key2=${texts.live}` }, needs: { cookie: 'key' } }, missing),
    vector('a cookie beside Authorization, where the route names none', { headers: { cookie: `key=${texts.live}`, ...bearer(texts.live) } }, known),
  ]
}

function headers() {
  return [
    vector('nothing', {}, missing),
    vector('two Authorization headers', { headers: { authorization: [`Bearer ${texts.live}`, `Bearer ${texts.live}`] } }, ambiguous),
    vector('two X-API-Key headers', { headers: { 'x-api-key': [texts.live, texts.restricted] } }, ambiguous),
    vector('Authorization and X-API-Key', { headers: { ...bearer(texts.live), 'x-api-key': texts.restricted } }, ambiguous),
    vector('Authorization and X-API-Key, the same', { headers: { ...bearer(texts.live), 'x-api-key': texts.live } }, ambiguous),
    vector('Authorization and a named cookie', { headers: { ...bearer(texts.live), cookie: `key=${texts.live}` }, needs: { cookie: 'key' } }, ambiguous),
    vector('the named cookie twice', { headers: { cookie: `key=${texts.live}; key=${texts.test}` }, needs: { cookie: 'key' } }, ambiguous),
    vector('Basic', { headers: { authorization: 'Basic YTpi' } }, missing),
    vector('Basic with a key as user name', { headers: { authorization: `Basic ${Buffer.from(`${texts.live}:`).toString('base64')}` } }, missing),
    vector('Basic beside X-API-Key', { headers: { authorization: 'Basic YTpi', 'x-api-key': texts.live } }, ambiguous),
    vector('DPoP', { headers: { authorization: `DPoP ${texts.accessToken}` } }, missing),
    vector('no scheme', { headers: { authorization: texts.live } }, malformed),
    vector('the scheme alone', { headers: { authorization: 'Bearer' } }, malformed),
    vector('the scheme and a space', { headers: { authorization: 'Bearer ' } }, malformed),
    vector('no space', { headers: { authorization: `Bearer${texts.live}` } }, malformed),
    vector('a tab', { headers: { authorization: `Bearer\t${texts.live}` } }, malformed),
    vector('two tokens', { headers: { authorization: `Bearer ${texts.live} ${texts.live}` } }, malformed),
    vector('two joined by a comma, as web-standard headers join them', { headers: { authorization: `Bearer ${texts.live}, Bearer ${texts.live}` } }, malformed),
    vector('in quotes', { headers: { authorization: `Bearer "${texts.live}"` } }, malformed),
    vector('a null byte', { headers: { authorization: `Bearer ${texts.live}\u0000` } }, malformed),
    vector('letters outside ASCII', { headers: { authorization: 'Bearer schlüssel' } }, malformed),
    vector('empty Authorization', { headers: { authorization: '' } }, malformed),
    vector('empty X-API-Key', { headers: { 'x-api-key': '' } }, malformed),
    vector('X-API-Key with a scheme', { headers: { 'x-api-key': `Bearer ${texts.live}` } }, malformed),
    vector('9,000 characters', { headers: bearer('a'.repeat(9000)) }, malformed),
    vector('9,000 characters in X-API-Key', { headers: { 'x-api-key': 'a'.repeat(9000) } }, malformed),
  ]
}

function queries() {
  return [
    vector('a query of other things', { url: '/notes?page=2&q=sk_live_lw_', headers: bearer(texts.live) }, known),
    vector('a key in the query', { url: `/notes?api_key=${texts.live}` }, inQuery),
    vector('a key in the query beside a header', { url: `/notes?key=${texts.live}`, headers: bearer(texts.live) }, inQuery),
    vector('a key in the query, in escapes', { url: `/notes?key=${texts.live.replaceAll('_', '%5F')}` }, inQuery),
    vector('a key as a name in the query', { url: `/notes?${texts.live}` }, inQuery),
    vector('a key with a broken checksum in the query', { url: `/notes?key=${texts.live.slice(0, -1)}${texts.live.endsWith('a') ? 'b' : 'a'}` }, inQuery),
    vector('access_token in the query (RFC 6750 §2.3)', { url: '/notes?access_token=abc' }, inQuery),
    vector('Access_Token in the query', { url: '/notes?Access_Token=abc', headers: bearer(texts.live) }, inQuery),
    vector('a refresh token in the query', { url: `/notes?x=${credentialOf('lw_rt_', 44)}` }, inQuery),
    vector('broken escapes in the query', { url: '/notes?q=%zz%e0%a4%a', headers: bearer(texts.live) }, known),
  ]
}

function transports() {
  return [
    vector('plain http', { secure: false, headers: bearer(texts.live) }, insecure),
    vector('plain http, no credential', { secure: false }, insecure),
    vector('plain http from this machine', { secure: false, loopback: true, headers: bearer(texts.live) }, insecure),
    vector('plain http from this machine in development', { secure: false, loopback: true, headers: bearer(texts.live), development: true }, known),
    vector('plain http from elsewhere in development', { secure: false, headers: bearer(texts.live), development: true }, insecure),
    vector(
      'plain http with a forwarding header',
      { secure: false, headers: { ...bearer(texts.live), 'x-forwarded-proto': 'https', forwarded: 'proto=https' } },
      insecure,
    ),
  ]
}

function credentials() {
  const unknown = credentialOf('sk_live_lw_', 45)
  return [
    vector('an unknown key', { headers: bearer(unknown) }, invalid),
    vector('a key of another brand', { headers: bearer(credentialOf('sk_live_acme_', 1)) }, invalid),
    vector('a revoked key', { headers: bearer(texts.revoked) }, invalid),
    vector('a key whose account has ended', { headers: bearer(texts.accountEnded) }, invalid),
    vector('a token for another API', { headers: bearer(texts.foreignAccessToken) }, invalid),
    vector('an expired key, at the very moment', { headers: bearer(texts.expired) }, world.expired),
    vector('a key one millisecond early', { headers: bearer(texts.early) }, world.early),
    vector('a test key', { headers: bearer(texts.test) }, wrongEnvironment),
    vector('a test key edited to live', { headers: bearer(texts.test.replace('_test_', '_live_')) }, malformed),
    vector('a checksum that does not fit', { headers: bearer(`${texts.live.slice(0, -1)}${texts.live.endsWith('a') ? 'b' : 'a'}`) }, malformed),
    ...[1, 6, 20, 49].map((cut) => vector(`a key cut short by ${cut}`, { headers: bearer(texts.live.slice(0, -cut)) }, malformed)),
    vector('a key with a letter more', { headers: bearer(`${texts.live}a`) }, malformed),
    vector('not of our making', { headers: bearer('AKIAIOSFODNN7EXAMPLE') }, malformed),
  ]
}

/** 4.4: each credential works only in its own slot; the rest is told the same as an unknown one. */
function slots() {
  const others = {
    refresh_token: 'lw_rt_',
    authorization_code: 'lw_ac_',
    client_secret: 'lw_cs_',
    device_code: 'lw_dc_',
    login_session: 'lw_ls_',
    one_time_link: 'lw_ot_',
  }
  return [
    ...Object.entries(others).map(([name, prefix]) =>
      vector(`a ${name} in the place of a credential for a call`, { headers: bearer(credentialOf(prefix, 46)) }, invalid),
    ),
    vector('a root key at an ordinary route', { headers: bearer(texts.rootKey) }, invalid),
    vector('a root key at a route that names it', { headers: bearer(texts.rootKey), needs: { mechanisms: ['root_key'] } }, principalOf(texts.rootKey)),
    vector('an API key at a route for root keys', { headers: bearer(texts.live), needs: { mechanisms: ['root_key'] } }, invalid),
    vector('an API key at a route for sessions', { headers: bearer(texts.live), needs: { mechanisms: ['session'] } }, invalid),
    vector('a publishable key', { headers: bearer(texts.publishable), needs: { scopes: ['notes:read'] } }, principalOf(texts.publishable)),
  ]
}

function addresses() {
  const from = (name: string, remoteAddress: string, expect: object) =>
    vector(`a key bound to networks, ${name}`, { headers: bearer(texts.bound), remoteAddress }, expect)
  const bound = principalOf(texts.bound)
  return [
    from('from one of them', '192.0.2.255', bound),
    from('from one of them, mapped into IPv6', '::ffff:192.0.2.1', bound),
    from('from one of them, IPv6 in another spelling', '2001:0DB8:0::1', bound),
    from('from elsewhere', '192.0.3.0', wrongAddress),
    from('from elsewhere in IPv6', '2001:db9::1', wrongAddress),
    from('from what is no address', 'unknown', wrongAddress),
    vector('a key bound to networks, from nobody knows where', { headers: bearer(texts.bound) }, wrongAddress),
    vector(
      'a key bound to networks, with a forwarding header that nobody vouches for',
      {
        headers: { ...bearer(texts.bound), 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' },
        remoteAddress: '198.51.100.1',
      },
      wrongAddress,
    ),
  ]
}

function needs() {
  const restricted = bearer(texts.restricted)
  return [
    vector('a scope the key has', { headers: restricted, needs: { scopes: ['notes:read'] } }, principalOf(texts.restricted)),
    vector('a scope the key lacks', { headers: restricted, needs: { scopes: ['notes:write'] } }, scopeMissing),
    vector('one of two', { headers: restricted, needs: { scopes: ['notes:read', 'notes:write'] } }, scopeMissing),
    vector('a wildcard covers', { headers: bearer(texts.wildcard), needs: { scopes: ['notes:write'] } }, principalOf(texts.wildcard)),
    vector('a wildcard of another resource does not', { headers: bearer(texts.wildcard), needs: { scopes: ['files:read'] } }, scopeMissing),
    vector('a needed wildcard is literal', { headers: restricted, needs: { scopes: ['notes:*'] } }, scopeMissing),
    vector('the same in X-API-Key', { headers: { 'x-api-key': texts.restricted }, needs: { scopes: ['notes:write'] } }, scopeMissing),
  ]
}
