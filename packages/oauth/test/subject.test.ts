import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import type { ClientSettings, GrantType } from '../src/index.ts'
import { sectorOf, subjectOf } from '../src/tokens/subject.ts'

const pairwiseKey = Buffer.alloc(32, 7)
const client = (id: string, redirectUris: readonly string[], settings: ClientSettings = {}, grantTypes: readonly GrantType[] = ['authorization_code']) => ({
  id,
  redirectUris,
  settings,
  grantTypes,
})
const pairwise = (id: string, redirectUris: readonly string[], settings: ClientSettings = {}, grantTypes?: readonly GrantType[]) =>
  client(id, redirectUris, { subjectType: 'pairwise', ...settings }, grantTypes)

describe('subjects', () => {
  it('O6: public: the person’s id', () => assert.equal(subjectOf({ pairwiseKey }, client('a', ['https://a.test/cb']), 'usr_1'), 'usr_1'))

  it('O6: pairwise: HMAC-SHA-256 over sector and person, which never run into each other (Core §8.1)', () => {
    const expected = createHmac('sha256', pairwiseKey).update('a.test\0usr_1').digest('base64url')
    assert.equal(subjectOf({ pairwiseKey }, pairwise('a', ['https://a.test/cb']), 'usr_1'), expected)
    assert.notEqual(subjectOf({ pairwiseKey }, pairwise('a', ['https://a.test/cb']), 'usr_2'), expected)
    assert.notEqual(subjectOf({ pairwiseKey: Buffer.alloc(32, 8) }, pairwise('a', ['https://a.test/cb']), 'usr_1'), expected)
  })

  it('O6: the sector is the host of the sector identifier, else of the redirect URIs, else the client alone', () => {
    assert.equal(sectorOf(pairwise('a', ['https://a.test/cb', 'https://a.test:8443/other'])), 'a.test')
    assert.equal(sectorOf(pairwise('a', ['https://a.test/cb'], { sectorIdentifierUri: 'https://sector.test/uris.json' })), 'sector.test')
    assert.equal(sectorOf(pairwise('a', ['https://a.test/cb', 'https://b.test/cb'])), 'client a')
    assert.equal(sectorOf(pairwise('a', [])), 'client a')
    assert.equal(sectorOf(pairwise('a', ['com.example.app:/cb'])), 'client a', 'a scheme of an application has no host')
  })

  it('O2 O6: who registered itself and can sign people in by a device is a sector of its own: no code goes to the host it names (Core §8.1)', () => {
    const [uris, grants] = [['https://a.test/cb'], ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']] as const
    assert.equal(sectorOf(pairwise('a', uris, { isDynamic: true }, grants)), 'client a')
    assert.equal(sectorOf(pairwise('a', [], { isDynamic: true, sectorIdentifierUri: 'https://sector.test/uris.json' }, grants)), 'client a')
    assert.equal(sectorOf({ ...pairwise('a', uris, {}, grants), ownerId: 'usr_1' }), 'client a', 'a developer’s own')
    assert.equal(sectorOf(pairwise('a', uris, { isDynamic: true })), 'a.test', 'its codes go there')
    assert.equal(sectorOf(pairwise('a', uris, {}, grants)), 'a.test', 'an operator knows what they register')
  })
})
