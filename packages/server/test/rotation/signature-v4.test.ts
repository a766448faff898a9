import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Secret } from '@latchwork/kernel'
import { type RequestToSign, signRequest } from '../../src/deliveries/signature-v4.ts'

/** The identity and the time of the published test suite of Signature Version 4. */
const identity = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
  region: 'us-east-1',
  service: 'service',
}
const now = Date.UTC(2015, 7, 30, 12, 36, 0)
const sign = (request: Partial<RequestToSign> & { readonly at?: string }): string => {
  const { at = '/', ...rest } = request
  const url = new URL(at, 'https://example.amazonaws.com')
  return signRequest({ method: 'GET', headers: {}, body: '', url, ...rest }, identity, now)['authorization'] ?? ''
}

describe('Signature Version 4', () => {
  for (const [name, request, names, signature] of [
    ['get-vanilla', {}, 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      { at: '/?Param2=value2&Param1=value1' },
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['post-vanilla', { method: 'POST' }, 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-x-www-form-urlencoded',
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Param1=value1' },
      'content-type;host;x-amz-date',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ] as const)
    it(`K19: the published vector ${name}`, () => {
      const scope = '20150830/us-east-1/service/aws4_request'
      assert.equal(sign(request), `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${signature}`)
    })

  it('K19: a session token is sent and signed', () => {
    const sent = signRequest(
      { method: 'POST', url: new URL('https://example.amazonaws.com/'), headers: {}, body: '' },
      { ...identity, sessionToken: new Secret('a-session-token') },
      now,
    )
    assert.equal(sent['x-amz-security-token'], 'a-session-token')
    assert.match(sent['authorization'] ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/)
  })
})
