/** The table of what clients may set: each row has its place in the guide, and refuses what has not its shape. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { checkRedirectUri, checkSettings, settingNames, settingRows } from '@latchwork/oauth'

const GUIDE = readFileSync(resolve(import.meta.dirname, '../../../../docs/guides/clients.md'), 'utf8')
const candidate = { applicationType: 'web', redirectUris: ['https://a.test/cb'], grantTypes: ['authorization_code'] } as const

describe('settings of clients', () => {
  it('O15: the guide has a line for each, with its name in registration', () => {
    for (const name of settingNames) {
      const line = GUIDE.split('\n').find((one) => one.startsWith(`| \`${name}\` |`)) ?? assert.fail(name)
      assert.ok(line.includes(settingRows[name].help), line)
      const [wire] = settingRows[name].wire ?? []
      if (wire !== undefined) assert.ok(line.includes(wire), line)
    }
  })

  it('O15: each refuses what has not its shape, naming itself', () => {
    for (const name of settingNames) {
      for (const wrong of [7.5, {}, 'x'.repeat(3000), ['\u0000'], [{}], null]) {
        assert.throws(() => checkSettings({ [name]: wrong }, candidate), new RegExp(name), `${name}: ${JSON.stringify(wrong)}`)
      }
    }
    assert.throws(() => checkSettings({ constructor: 'x' }, candidate), /no setting/)
  })

  it('O15 E7: one that is unknown is answered with the one that was meant, also by the name that registration has for it', () => {
    const rows = { tosUri: 'termsUri', tos_uri: 'termsUri', policyUrl: 'policyUri', userinfoSignedResponseAlg: 'userInfoSigningAlg', isasured: 'isAssured' }
    for (const [unknown, meant] of Object.entries(rows))
      assert.throws(() => checkSettings({ [unknown]: 'x' }, candidate), { detail: `There is no setting "${unknown}". Did you mean ${meant}?` })
    assert.throws(() => checkSettings({ zebra: 'x' }, candidate), { detail: /^There is no setting "zebra"\. The guide to clients .* lists them all\.$/ })
  })

  it('O3 O15: a fault ends in one full stop, wherever its sentence comes from', () => {
    const wrong = { postLogoutRedirectUris: ['https://a.test/#x'], policyUri: 'x', jwks: { keys: [] }, subjectType: 'x', tlsClientAuth: {} }
    for (const [name, value] of Object.entries(wrong)) assert.throws(() => checkSettings({ [name]: value }, candidate), { detail: /[^.]\.$/ }, name)
    assert.throws(() => checkRedirectUri('https://a.test/#x', 'web'), { detail: 'Redirect URI "https://a.test/#x": no fragment (RFC 6749 §3.1.2).' })
    assert.throws(() => checkRedirectUri('https://A.test/x', 'web'), { detail: /canonical form, "https:\/\/a\.test\/x"\.$/ })
  })

  it("O13 O15: no operator's setting has a name that a client could send", () => {
    const privileged = settingNames.filter((name) => settingRows[name].isPrivileged === true)
    assert.deepEqual(privileged, ['isAssured', 'isDynamic', 'mostScopes', 'softwareStatement', 'retryWindowSeconds'])
    for (const name of privileged) assert.equal(settingRows[name].wire, undefined)
  })
})
