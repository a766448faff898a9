import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'

const noticeIn = (text: string) => /<p class="notice" id="notice" role="status" tabindex="-1" autofocus>([^<]*)</.exec(text)?.[1]

describe('what a form has done', () => {
  it('13 J12 K18: is told on the page that it leads back to, and by no link from elsewhere', async (t) => {
    const latchwork = await startLatchwork(t)
    const { issuer } = latchwork
    const browser = await signUp(latchwork)
    const formToken = (text: string) => /name="form_token" value="([^"]*)"/.exec(text)?.[1] ?? assert.fail(text)
    const account = await browser.open(`${issuer}/account`)
    const others = await browser.post(`${issuer}/account/sessions/end-others`, { form_token: formToken(account.text) }, { origin: issuer })
    assert.equal(others.location, `${issuer}/account?done=others_signed_out`)
    const made = await browser.submit(await browser.open(`${issuer}/account/tokens`), 'token-submit', { 'token-name': 'laptop' })
    const tokenId = /id="key-id">([^<]+)</.exec(made.text)?.[1] ?? assert.fail(made.text)
    const tokens = await browser.open(`${issuer}/account/tokens`)
    const revoked = await browser.post(`${issuer}/account/tokens/end`, { form_token: formToken(tokens.text), token_id: tokenId }, { origin: issuer })
    assert.equal(revoked.location, `${issuer}/account/tokens?done=token_revoked`)
    for (const [path, words] of [
      ['/account?done=others_signed_out', 'You are signed out everywhere else.'],
      ['/account/tokens?done=token_revoked', 'The token is revoked.'],
      ['/account/applications?done=application_taken_back', 'The application may no longer act for you.'],
    ] as const) {
      assert.equal(noticeIn((await browser.get(issuer + path, { 'sec-fetch-site': 'same-origin' })).text), words)
      for (const site of ['cross-site', 'same-site', 'none'])
        assert.equal(noticeIn((await browser.get(issuer + path, { 'sec-fetch-site': site })).text), undefined)
    }
    for (const word of ['constructor', '', '<b>', 'all_is_well'])
      assert.equal(noticeIn((await browser.get(`${issuer}/account?done=${encodeURIComponent(word)}`, { 'sec-fetch-site': 'same-origin' })).text), undefined)
  })
})
