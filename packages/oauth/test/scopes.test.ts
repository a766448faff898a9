import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { type Api, type Client, describeScope, isOpenidScope, type OAuth } from '../src/index.ts'
import { checkRegisteredScopes, chooseReach, narrowAudience, narrowScopes, reachOf, scopesAt, scopesTold } from '../src/scopes.ts'

const ISSUER = 'https://id.example.test'
const NOTES = 'https://notes.example.test'
const FILES = 'https://files.example.test/v1'

const apis: readonly Api[] = [
  { identifier: NOTES, name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] },
  { identifier: FILES, name: 'Files', scopes: [{ name: 'files:read', description: 'Read your files' }] },
]
/** As much of the mechanism as these functions look at. */
const oauth = { issuer: ISSUER, apis: new Map(apis.map((api) => [api.identifier, api])) } as unknown as OAuth
const client = { scopes: ['openid', 'email', 'notes:read', 'files:read'], audiences: [NOTES, FILES] } as unknown as Client

const refusedAs = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

/** What a request for these scopes at these resources is for; `undefined` names no scope. */
const reach = (scopes: readonly string[] | undefined, resources: readonly string[] = [], who = client) => chooseReach(oauth, who, { scopes, resources })

describe('chooseReach', () => {
  it('O8: what the scopes belong to, and the issuer for openid', () => {
    assert.deepEqual(reach(['notes:read']).audience, [NOTES])
    assert.deepEqual(reach(['notes:read', 'files:read']).audience, [NOTES, FILES])
    assert.deepEqual(reach(['openid', 'files:read']).audience, [FILES, ISSUER])
    assert.deepEqual(reach(['openid', 'email']).audience, [ISSUER])
    const bare = { ...client, scopes: [] }
    assert.deepEqual(reach(undefined, [], bare), { scopes: [], audience: [ISSUER] }, 'never nobody: that would be everybody')
  })

  it('O8: what resource names, once, with or without a bare slash (RFC 8707 §2)', () => {
    assert.deepEqual(reach(['notes:read'], [NOTES]).audience, [NOTES])
    assert.deepEqual(reach(['notes:read'], [NOTES, `${NOTES}/`, NOTES]).audience, [NOTES])
    assert.deepEqual(reach(['openid'], [FILES]).audience, [FILES, ISSUER])
    for (const resource of ['https://other.example.test', `${FILES}/`, `${NOTES}//`, `${NOTES}?`, NOTES.toUpperCase(), ISSUER, 'x']) {
      assert.throws(() => reach(undefined, [resource]), refusedAs('target_invalid'), resource)
      assert.throws(() => reach(['notes:read'], [NOTES, resource]), refusedAs('target_invalid'), resource)
    }
    assert.deepEqual(reach(['openid', 'email', 'notes:read'], [`${ISSUER}/userinfo`]), { scopes: ['openid', 'email'], audience: [ISSUER] }, 'UserInfo')
    assert.throws(() => reach(undefined, [`${ISSUER}/userinfo`], { ...client, scopes: ['notes:read'] }), refusedAs('target_invalid'), 'of no use to it')
    const withdrawn = { ...client, audiences: [...client.audiences, 'https://gone.example.test'] }
    assert.throws(() => reach(undefined, ['https://gone.example.test'], withdrawn), refusedAs('target_invalid'), 'an API that is no more')
  })

  it('O15: who names no scope means those of the APIs named, and OpenID’s; the lasting ones are asked for by name (RFC 6749 §3.3)', () => {
    const lasting = { ...client, scopes: [...client.scopes, 'offline_access', 'api_key', 'gone:read'] }
    assert.deepEqual(reach(undefined, [], lasting), { scopes: ['openid', 'email', 'notes:read', 'files:read'], audience: [NOTES, FILES, ISSUER] })
    assert.deepEqual(reach(undefined, [FILES], lasting), { scopes: ['openid', 'email', 'files:read'], audience: [FILES, ISSUER] })
    assert.deepEqual(reach(['files:read', 'offline_access'], [FILES], lasting).scopes, ['files:read', 'offline_access'])
  })

  it('O15: what the client, or the API named, does not have is left out; nothing left of what was asked is refused', () => {
    assert.deepEqual(reach(['notes:read', 'notes:write', 'admin', 'offline_access']).scopes, ['notes:read'])
    assert.deepEqual(reach(['notes:read', 'files:read'], [FILES]), { scopes: ['files:read'], audience: [FILES] })
    assert.deepEqual(reach(['openid', 'notes:read'], [FILES]), { scopes: ['openid'], audience: [FILES, ISSUER] })
    for (const asked of [['notes:write'], ['notes:*'], ['*:*', 'OPENID']]) assert.throws(() => reach(asked), refusedAs('scope_invalid'), asked.join(' '))
    assert.throws(() => reach(['notes:read'], [FILES]), refusedAs('scope_invalid'))
  })

  it('O7: a program is refused what it is not registered for, whole', () => {
    const withGone = { ...client, scopes: [...client.scopes, 'gone:read'] }
    assert.doesNotThrow(() => checkRegisteredScopes(oauth, client, ['notes:read', 'files:read']))
    for (const scope of ['notes:write', 'notes:*', 'gone:read']) {
      assert.throws(() => checkRegisteredScopes(oauth, withGone, ['notes:read', scope]), refusedAs('scope_invalid'), scope)
    }
  })
})

describe('narrowAudience, narrowScopes, reachOf', () => {
  it('O8: one token aims at less than the grant, never at more; UserInfo stays within reach (4.2)', () => {
    const granted = [NOTES, FILES, ISSUER]
    assert.deepEqual(narrowAudience(oauth, granted, []), granted)
    assert.deepEqual(narrowAudience(oauth, granted, [FILES]), [FILES, ISSUER])
    assert.deepEqual(narrowAudience(oauth, [NOTES], [`${NOTES}/`, NOTES]), [NOTES])
    assert.throws(() => narrowAudience(oauth, [NOTES], [FILES]), refusedAs('target_invalid'))
    assert.throws(() => narrowAudience(oauth, [NOTES], [NOTES, FILES]), refusedAs('target_invalid'))
  })

  it('O8: a token’s scopes are those that its audience defines, or UserInfo reads; its client is told of the lasting ones too (RFC 9068 §2.2.3)', () => {
    const granted = ['openid', 'notes:read', 'files:read', 'offline_access', 'api_key', 'gone:read']
    assert.deepEqual(scopesAt(oauth, [FILES], granted), ['files:read'])
    assert.deepEqual(scopesAt(oauth, [NOTES, ISSUER], granted), ['openid', 'notes:read', 'offline_access', 'api_key'])
    assert.deepEqual(scopesTold(granted, ['files:read']), ['files:read', 'offline_access', 'api_key'])
    assert.deepEqual(scopesTold(['notes:read'], []), [])
  })

  it('O9: less scope than the grant, never more (RFC 6749 §6)', () => {
    const grant = { scopes: ['openid', 'notes:read'] }
    assert.deepEqual(narrowScopes(grant, grant.scopes, []), ['openid', 'notes:read'])
    assert.deepEqual(narrowScopes(grant, grant.scopes, ['notes:read']), ['notes:read'])
    for (const asked of [['files:read'], ['notes:*'], ['openid', 'email']]) {
      assert.throws(() => narrowScopes(grant, grant.scopes, asked), refusedAs('scope_invalid'))
    }
    assert.throws(() => narrowScopes({ scopes: ['notes:*'] }, ['notes:*'], ['notes:read']), refusedAs('scope_invalid'), 'to the letter')
  })

  it('O7 O9: of what was asked for then, what was withheld, or is lost since, is left out; it is never given', () => {
    const grant = { scopes: ['openid', 'notes:read'], details: { withheld: ['email', 'phone'] } }
    assert.deepEqual(narrowScopes(grant, grant.scopes, ['openid', 'email', 'phone', 'notes:read']), ['openid', 'notes:read'])
    assert.deepEqual(narrowScopes(grant, ['openid'], ['openid', 'notes:read']), ['openid'])
    for (const asked of [['email'], ['email', 'phone'], ['openid', 'email', 'files:read']])
      assert.throws(() => narrowScopes(grant, grant.scopes, asked), refusedAs('scope_invalid'), asked.join(' '))
    assert.throws(() => narrowScopes(grant, ['openid'], ['notes:read']), refusedAs('scope_invalid'), 'lost since')
  })

  it('O7 O8: what the client or the installation lost since is out of reach, and a token for nothing is not made', () => {
    const grant = { scopes: ['openid', 'notes:read', 'files:read'], audience: [NOTES, FILES, ISSUER] }
    assert.deepEqual(reachOf(oauth, client, grant), grant)
    assert.deepEqual(reachOf(oauth, { ...client, scopes: ['openid'], audiences: [NOTES] }, grant), { scopes: ['openid'], audience: [NOTES, ISSUER] })
    const fewer = { ...oauth, apis: new Map() } as unknown as OAuth
    assert.deepEqual(reachOf(fewer, client, grant).audience, [ISSUER])
    assert.throws(() => reachOf(fewer, client, { ...grant, audience: [NOTES] }), refusedAs('target_invalid'))
  })
})

describe('describeScope', () => {
  it('O7: says each scope in people’s words', () => {
    assert.equal(describeScope(oauth, 'notes:read', [NOTES, FILES]), 'Read your notes')
    assert.match(describeScope(oauth, 'openid', []), /who you are/)
    assert.equal(describeScope(oauth, 'gone:scope', [NOTES, 'https://gone.example.test']), 'gone:scope')
    assert.deepEqual(['openid', 'offline_access', 'notes:read', 'constructor', '__proto__'].map(isOpenidScope), [true, true, false, false, false])
  })
})
