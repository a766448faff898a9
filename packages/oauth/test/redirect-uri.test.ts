import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { type Client, checkRedirectUri, hostOfRedirectUri, isLoopbackRedirectUri, isRegisteredRedirectUri, locationOf } from '../src/index.ts'

type ApplicationType = Client['applicationType']

function clientWith(applicationType: ApplicationType, ...redirectUris: string[]): Client {
  return {
    id: 'app',
    name: 'App',
    profile: 'oauth21',
    applicationType,
    authenticationMethod: 'none',
    environment: 'live',
    redirectUris,
    grantTypes: ['authorization_code'],
    scopes: ['openid'],
    audiences: [],
    createdAt: 0,
    settings: {},
  }
}

/** Why it may not be registered; `undefined` if it may. */
function faultOf(uri: string, applicationType: ApplicationType): string | undefined {
  try {
    checkRedirectUri(uri, applicationType)
    return undefined
  } catch (error) {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'redirect_uri_invalid')
    return error.detail
  }
}

const forAll = [
  'https://app.example.test/cb',
  'https://app.example.test',
  'https://app.example.test/',
  'https://app.example.test:8443/cb',
  'https://app.example.test/a%20b/c?tenant=7',
  'https://app.example.test/cb?x=a%2Fb',
  'https://xn--bcher-kva.example/cb',
  'https://192.0.2.7/cb',
  'https://[2001:db8::1]/cb',
  'http://localhost:3000/cb',
  'http://127.0.0.1/cb',
  'http://[::1]:9/cb',
]

const forNative = ['com.example.app:/cb', 'com.example.app://cb', 'cursor://anysphere.cursor-mcp/oauth/callback', 'app+x.y-z:/cb']

const forNobody: readonly (readonly [uri: string, fault: RegExp])[] = [
  ['', /printable ASCII/],
  ['cb', /absolute/],
  ['/cb', /absolute/],
  ['//app.example.test/cb', /absolute/],
  ['https://', /absolute/],
  ['https:app.example.test/cb', /canonical/],
  ['https:/app.example.test/cb', /canonical/],
  ['HTTPS://app.example.test/cb', /canonical/],
  ['https://APP.example.test/cb', /canonical/],
  ['https://app.example.test:443/cb', /canonical/],
  ['http://127.0.0.1:80/cb', /canonical/],
  ['https://app.example.test/a/../cb', /canonical/],
  ['https://app.example.test/a/%2e%2e/cb', /canonical/],
  ['https://app.example.test/./cb', /canonical/],
  ['http://127.1/cb', /canonical/],
  ['http://2130706433/cb', /canonical/],
  ['http://0x7f.0.0.1/cb', /canonical/],
  ['http://[0:0:0:0:0:0:0:1]/cb', /canonical/],
  ['http://LOCALHOST/cb', /canonical/],
  ['https://app.example.test/cb#', /fragment/],
  ['https://app.example.test/cb#x', /fragment/],
  ['com.example.app:/cb#x', /fragment/],
  ['https://user@app.example.test/cb', /user name/],
  ['https://user:x@app.example.test/cb', /user name/],
  ['https://a@b@app.example.test/cb', /user name/],
  ['https://app.example.test/@cb', /"@"/],
  ['https://*.example.test/cb', /wildcards/],
  ['https://app.example.test/*', /wildcards/],
  ['https://app.example.test\\cb', /backslashes/],
  ['https://app.example.test/cb\\..\\x', /backslashes/],
  ['https://app.example.test/c b', /printable ASCII/],
  ['\thttps://app.example.test/cb', /printable ASCII/],
  ['https://app.example.test/cb\n', /printable ASCII/],
  ['https://bücher.example/cb', /printable ASCII/],
  ['https://app。example.test/cb', /printable ASCII/],
  [`https://app.example.test/${'x'.repeat(2000)}`, /longer than 2000/],
  ['http://app.example.test/cb', /loopback addresses only/],
  ['http://localhost.evil.test/cb', /loopback addresses only/],
  ['http://127.0.0.1.evil.test/cb', /loopback addresses only/],
  ['http://127.0.0.2/cb', /loopback addresses only/],
  ['http://0.0.0.0/cb', /loopback addresses only/],
  ['http://[::ffff:7f00:1]/cb', /loopback addresses only/],
  ['javascript:alert(1)', /not safe/],
  ['JaVaScRiPt:alert(1)', /not safe/],
  ['data:text/html,x', /not safe/],
  ['vbscript:x', /not safe/],
  ['file:///etc/passwd', /not safe/],
  ['blob:https://app.example.test/x', /not safe/],
  ['about:blank', /not safe/],
  ['ws://app.example.test/cb', /not safe/],
  ['mailto:ada', /no application's own/],
  ['intent:x', /no application's own/],
  ['https://app.example.test/cb?code=1', /a parameter that a response carries/],
  ['https://app.example.test/cb?x=1&state=2', /a parameter that a response carries/],
  ['https://app.example.test/cb?iss=1', /a parameter that a response carries/],
  ['https://app.example.test/cb?c%6Fde=1', /a parameter that a response carries/],
  ['https://app.example.test/cb?error=', /a parameter that a response carries/],
  ['https://app.example.test/cb?response=1', /a parameter that a response carries/],
]

describe('checkRedirectUri', () => {
  it(`O3: ${forAll.length} URIs that anybody may register, ${forNative.length} that native applications may (RFC 8252 §7)`, () => {
    for (const uri of forAll) for (const type of ['web', 'native'] as const) assert.equal(faultOf(uri, type), undefined, `${type} ${uri}`)
    for (const uri of forNative) {
      assert.equal(faultOf(uri, 'native'), undefined, uri)
      assert.match(faultOf(uri, 'web') ?? '', /private scheme/, uri)
    }
  })

  it(`O3 O15: ${forNobody.length} URIs that nobody may register, each with its fault named (3.2, 3.4)`, () => {
    for (const [uri, fault] of forNobody) for (const type of ['web', 'native'] as const) assert.match(faultOf(uri, type) ?? 'taken', fault, `${type} ${uri}`)
  })
})

describe('isRegisteredRedirectUri', () => {
  it('O3: character for character, for every client (RFC 9700 §4.1.3)', () => {
    for (const type of ['web', 'native'] as const) {
      const client = clientWith(type, 'https://app.example.test/cb')
      assert.ok(isRegisteredRedirectUri(client, 'https://app.example.test/cb'))
      for (const uri of [
        'https://app.example.test/cb/',
        'https://app.example.test/Cb',
        'https://app.example.test:443/cb',
        'https://app.example.test/c%62',
        '',
      ]) {
        assert.equal(isRegisteredRedirectUri(client, uri), false, `${type} ${uri}`)
      }
    }
    assert.equal(isRegisteredRedirectUri(clientWith('web'), ''), false, 'nothing registered')
  })

  it('O3: any port of a loopback address for native applications, and for them alone (RFC 8252 §7.3)', () => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      for (const registered of [`http://${host}/cb`, `http://${host}:1234/cb`]) {
        for (const port of ['', ':1', ':80', ':1234', ':65535']) {
          const uri = `http://${host}${port}/cb`
          assert.ok(isRegisteredRedirectUri(clientWith('native', registered), uri), `${registered} ${uri}`)
          assert.equal(isRegisteredRedirectUri(clientWith('web', registered), uri), uri === registered, `web ${registered} ${uri}`)
        }
      }
    }
  })

  it('O3: one loopback name is not another; port, path, query and scheme are as they are (3.3)', () => {
    const client = clientWith('native', 'http://127.0.0.1/cb', 'http://localhost/cb?x=1', 'https://localhost/secure')
    for (const uri of [
      'http://localhost:1/cb',
      'http://[::1]:1/cb',
      'http://127.0.0.1:1/cb?x=1',
      'http://localhost:1/cb?x=2',
      'http://localhost:1/cb?x=1&y',
      'https://localhost:1/secure',
      'https://127.0.0.1:1/cb',
      'http://127.0.0.1:0/cb',
      'http://127.0.0.1:65536/cb',
      'http://127.0.0.1:01/cb',
      'http://127.0.0.1:/cb',
      'http://127.0.0.1:1\\@evil.test/cb',
      'http://127.0.0.1:1@evil.test/cb',
      'http://127.0.0.1:1/cb#',
      'http://127.0.0.1.evil.test:1/cb',
    ]) {
      assert.equal(isRegisteredRedirectUri(client, uri), false, uri)
    }
    assert.ok(isRegisteredRedirectUri(client, 'http://localhost:1/cb?x=1'))
  })
})

describe('locationOf and what pages say of an address', () => {
  const parameters = { code: 'a b&c', state: 'ü"', iss: 'http://localhost:8420' }

  it('O5: adds the response to whatever query was registered (RFC 6749 §3.1.2)', () => {
    for (const [redirectUri, start] of [
      ['https://app.example.test/cb', 'https://app.example.test/cb?code='],
      ['https://app.example.test/cb?tenant=7', 'https://app.example.test/cb?tenant=7&code='],
      ['com.example.app:/cb', 'com.example.app:/cb?code='],
    ] as const) {
      const location = locationOf({ redirectUri, mode: 'query', parameters })
      assert.ok(location.startsWith(start), location)
      assert.match(location, /^[\x21-\x7e]+$/)
      for (const [name, value] of Object.entries(parameters)) assert.equal(new URL(location).searchParams.get(name), value)
    }
  })

  it('O7: names the host, or the scheme where there is none', () => {
    assert.equal(hostOfRedirectUri('https://app.example.test:8443/cb'), 'app.example.test:8443')
    assert.equal(hostOfRedirectUri('com.example.app:/cb'), 'com.example.app://')
    assert.deepEqual(['http://[::1]:9/cb', 'http://localhost/', 'https://app.example.test/localhost'].map(isLoopbackRedirectUri), [true, true, false])
  })
})
