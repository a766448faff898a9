import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { type Visit, webBrowser } from '../kit/web-browser.ts'

const titleOf = ({ text }: Visit) => /<title>([^<]*)<\/title>/.exec(text)?.[1]
const problemsOf = ({ text }: Visit) => [...text.matchAll(/<li><a href="#([^"]+)">([^<]+)<\/a><\/li>/g)].map(([, id, words]) => `${id}: ${words}`)

describe('a form with empty fields', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('13: is refused with every one of them named, in its title too, and with what was typed kept', async () => {
    const { issuer, server } = latchworkOf()
    const browser = webBrowser()
    const signIn = await browser.submit(await browser.open(`${issuer}/login`), 'login-submit', { 'login-identifier': '', 'login-password': '' })
    assert.deepEqual([signIn.status, titleOf(signIn)], [400, 'Please check: Sign in · Latchwork'])
    assert.deepEqual(problemsOf(signIn), ['login-identifier: Enter your e-mail address.', 'login-password: Enter your password.'])
    const signUpForm = await browser.submit(await browser.open(`${issuer}/signup`), 'signup-submit', { 'signup-name': 'Ada' })
    assert.deepEqual([signUpForm.status, titleOf(signUpForm)], [400, 'Please check: Create an account · Latchwork'])
    assert.deepEqual(problemsOf(signUpForm), ['signup-identifier: Enter your e-mail address.', 'signup-password: Choose a password.'])
    assert.match(signUpForm.text, /id="signup-name"[^>]* value="Ada"/)
    const first = await browser.submit(await browser.open(server.operatorLink ?? assert.fail()), 'signup-submit')
    assert.deepEqual(problemsOf(first), [
      'signup-name: Enter your name.',
      'signup-identifier: Enter your e-mail address.',
      'signup-password: Choose a password.',
    ])
  })

  it('13 J11: costs no attempt: an empty password is no wrong one', async () => {
    const { issuer, call, rootKey } = latchworkOf()
    const browser = webBrowser()
    await browser.submit(await browser.open(`${issuer}/login`), 'login-submit', { 'login-identifier': 'ada@example.com' })
    const { status, body } = await call('GET', '/v1/events?limit=100', { bearer: rootKey })
    assert.deepEqual([status, JSON.stringify(body).includes('sign_in_failed')], [200, false])
  })

  it('13: says what a code, a key and a token are to be given', async () => {
    const latchwork = latchworkOf()
    const browser = await signUp(latchwork)
    const device = await browser.submit(await browser.open(`${latchwork.issuer}/device`), 'device-submit')
    assert.deepEqual([device.status, ...problemsOf(device)], [400, 'device-code: Enter the code that your device shows.'])
    const token = await browser.submit(await browser.open(`${latchwork.issuer}/account/tokens`), 'token-submit')
    assert.deepEqual([token.status, ...problemsOf(token)], [400, 'token-name: Say what it is for.'])
    assert.equal(titleOf(token), 'Please check: Your access tokens · Latchwork')
  })
})
