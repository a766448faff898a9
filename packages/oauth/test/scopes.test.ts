import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { type Api, type Client, describeScope, isOpenidScope, type OAuth } from '../src/index.ts'
import { chooseAudience, narrowAudience, narrowScopes, reachOf } from '../src/scopes.ts'

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

describe('chooseAudience', () => {
  it('O8: what the scopes belong to, and the issuer for openid', () => {
    assert.deepEqual(chooseAudience(oauth, client, ['notes:read'], []), [NOTES])
    assert.deepEqual(chooseAudience(oauth, client, ['notes:read', 'files:read'], []), [NOTES, FILES])
    assert.deepEqual(chooseAudience(oauth, client, ['openid', 'files:read'], []), [FILES, ISSUER])
    assert.deepEqual(chooseAudience(oauth, client, ['openid', 'email'], []), [ISSUER])
    assert.deepEqual(chooseAudience(oauth, client, [], []), [ISSUER], 'never nobody: that would be everybody')
  })

  it('O8: what resource names, once, with or without a bare slash (RFC 8707 §2)', () => {
    assert.deepEqual(chooseAudience(oauth, client, ['notes:read'], [NOTES]), [NOTES])
    assert.deepEqual(chooseAudience(oauth, client, ['notes:read'], [NOTES, `${NOTES}/`, NOTES]), [NOTES])
    assert.deepEqual(chooseAudience(oauth, client, ['openid'], [FILES]), [FILES, ISSUER])
    for (const resource of ['https://other.example.test', `${FILES}/`, `${NOTES}//`, `${NOTES}?`, NOTES.toUpperCase(), ISSUER, 'x']) {
      assert.throws(() => chooseAudience(oauth, client, [], [resource]), refusedAs('target_invalid'), resource)
      assert.throws(() => chooseAudience(oauth, client, ['notes:read'], [NOTES, resource]), refusedAs('target_invalid'), resource)
    }
    const withdrawn = { ...client, audiences: [...client.audiences, 'https://gone.example.test'] }
    assert.throws(() => chooseAudience(oauth, withdrawn, [], ['https://gone.example.test']), refusedAs('target_invalid'), 'an API that is no more')
  })

  it('O7: scopes that the client, or the API named, does not have', () => {
    assert.throws(() => chooseAudience(oauth, client, ['notes:write'], []), refusedAs('scope_invalid'))
    assert.throws(() => chooseAudience(oauth, client, ['notes:*'], []), refusedAs('scope_invalid'))
    assert.throws(() => chooseAudience(oauth, client, ['notes:read'], [FILES]), refusedAs('scope_invalid'))
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

  it('O9: less scope than the grant, never more (RFC 6749 §6)', () => {
    assert.deepEqual(narrowScopes(['openid', 'notes:read'], []), ['openid', 'notes:read'])
    assert.deepEqual(narrowScopes(['openid', 'notes:read'], ['notes:read']), ['notes:read'])
    for (const asked of [['files:read'], ['notes:*'], ['openid', 'email']]) {
      assert.throws(() => narrowScopes(['openid', 'notes:read'], asked), refusedAs('scope_invalid'))
    }
    assert.throws(() => narrowScopes(['notes:*'], ['notes:read']), refusedAs('scope_invalid'), 'to the letter')
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
