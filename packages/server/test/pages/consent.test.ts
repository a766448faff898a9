import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ConsentView, consentPage, hostOf, isLoopback, signInPage, signUpPage } from '../../src/pages/index.ts'
import { findById, readTags, tagsNamed } from './read-page.ts'

const site = { name: 'Harbour' }
const view: ConsentView = {
  formToken: 'f0rm',
  hidden: { request: 'req_1' },
  destination: { applicationName: 'Google', redirectUri: 'https://evil.example/cb?google.com' },
  clientId: 'cli_1',
  maker: { kind: 'operators' },
  isVerified: false,
  scopes: [
    { scope: 'openid', sentence: 'Know that it is you', isRequired: true },
    { scope: 'notes:read', sentence: 'Read your notes' },
  ],
  person: { name: 'Ada', email: 'ada@example.com' },
  switchHref: '/logout',
  lasts: 'until_sign_out',
}

describe('consent page', () => {
  it('O7: gives each scope its sentence and a box, ticked; what is required has no box and is sent along', () => {
    const tags = readTags(consentPage(site, view))
    const scopes = tagsNamed(tags, 'input').filter((tag) => tag.attributes['name'] === 'scope')
    assert.deepEqual(
      scopes.map(({ attributes }) => [attributes['type'], attributes['value'], 'checked' in attributes]),
      [
        ['hidden', 'openid', false],
        ['checkbox', 'notes:read', true],
      ],
    )
    assert.match(consentPage(site, view), /<label for="consent-scope-2">Read your notes<\/label>/)
  })

  it('O7: answers by two buttons; Enter in the form says no', () => {
    const buttons = tagsNamed(readTags(consentPage(site, view)), 'button').map(({ attributes }) => [attributes['id'], attributes['name'], attributes['value']])
    assert.deepEqual(buttons, [
      ['consent-deny', 'decision', 'deny'],
      ['consent-allow', 'decision', 'allow'],
    ])
  })

  it('O7: sets the buttons one below the other where a long name stands on one of them, so that they stay of equal size and can be read', () => {
    const isStacked = (applicationName: string) =>
      consentPage(site, { ...view, destination: { ...view.destination, applicationName } }).includes('class="answers stacked"')
    assert.deepEqual([isStacked('Acme Notes'), isStacked('Notes of the Worshipful Company of Bookbinders')], [false, true])
  })

  it('13.1: carries the form token, which nothing in `hidden` can replace', () => {
    const tags = readTags(consentPage(site, { ...view, hidden: { request: 'req_1', form_token: 'forged' } }))
    const values = tagsNamed(tags, 'input').filter((tag) => tag.attributes['name'] === 'form_token')
    assert.deepEqual(
      values.map((tag) => tag.attributes['value']),
      ['f0rm'],
    )
  })

  it('13.2: shows the host of the redirect, not the name, and that nobody vouches for it', () => {
    const page = consentPage(site, view)
    assert.match(page, /id="consent-host"[^>]*><bdi dir="ltr">evil\.example<\/bdi>/)
    assert.match(page, /Not verified by <bdi>Harbour<\/bdi>/)
    assert.doesNotMatch(consentPage(site, { ...view, isVerified: true }), /Not verified/)
  })

  it('13.2: isolates a name that is written from right to left', () => {
    assert.match(consentPage(site, { ...view, destination: { ...view.destination, applicationName: 'بنك\u202e' } }), /<bdi class="name">بنك<\/bdi>/)
  })

  it('13.2: warns when the answer goes to a program on the same computer, and only then', () => {
    const warns = (redirectUri: string) => consentPage(site, { ...view, destination: { applicationName: 'X', redirectUri } }).includes('id="consent-loopback"')
    for (const uri of ['http://127.0.0.1:1/cb', 'http://[::1]:9/', 'http://localhost:3000/cb', 'http://127.9.9.9/']) assert.ok(warns(uri), uri)
    for (const uri of ['http://localhost.evil.example/', 'https://127.0.0.1.example/', 'https://acme.example/', 'com.acme:/cb']) assert.ok(!warns(uri), uri)
  })

  it('13.2: links no homepage that is not on the web', () => {
    for (const homepage of ['javascript:alert(1)', 'data:text/html,x', 'nonsense']) assert.doesNotMatch(consentPage(site, { ...view, homepage }), /Says it is/)
    assert.match(consentPage(site, { ...view, homepage: 'https://acme.example/' }), /href="https:\/\/acme\.example\/" rel="noopener noreferrer nofollow"/)
  })
})

describe('destination', () => {
  it('13.2: names the host as the browser will read it', () => {
    assert.equal(hostOf('https://google.com@evil.example/cb'), 'evil.example')
    assert.equal(hostOf('https://аpple.com/cb'), 'xn--pple-43d.com', 'look-alike letters show as punycode')
    assert.equal(hostOf('http://127.0.0.1:5123/cb'), '127.0.0.1:5123')
    assert.equal(hostOf('com.acme.app:/cb'), 'com.acme.app:')
    assert.equal(isLoopback('http://2130706433/'), true, 'an address in another notation is the same address')
  })
})

describe('sign-in and sign-up pages', () => {
  it('13: keep where the person is going, on the form and on the link to each other', () => {
    const goOn = '/authorize?a=1&state="x"'
    const signIn = readTags(signInPage(site, { formToken: 'f', continue: goOn, isSignUpOpen: true }))
    const signUp = readTags(signUpPage(site, { formToken: 'f', continue: goOn, minimumPasswordLength: 10 }))
    for (const [tags, link] of [
      [signIn, 'signup-link'],
      [signUp, 'login-link'],
    ] as const) {
      assert.equal(tagsNamed(tags, 'input').find((tag) => tag.attributes['name'] === 'continue')?.attributes['value'], goOn)
      const href = findById(tags, link).attributes['href'] ?? ''
      assert.equal(new URL(href, 'http://a.example').searchParams.get('continue'), goOn)
    }
  })

  it('13: give no value back for a password, and the right one to a password manager', () => {
    const tags = readTags(
      signInPage(site, { formToken: 'f', email: 'ada@example.com', isSignUpOpen: false, problems: [{ field: 'password', message: 'Give your password.' }] }),
    )
    const password = findById(tags, 'login-password').attributes
    assert.equal(password['value'], undefined)
    assert.equal(password['autocomplete'], 'current-password')
    assert.equal(password['aria-invalid'], 'true')
    assert.equal(password['aria-describedby'], 'login-password-problem')
    assert.equal(findById(tags, 'login-identifier').attributes['value'], 'ada@example.com')
    const summary = findById(tags, 'problems').attributes
    assert.deepEqual([summary['role'], summary['tabindex'], 'autofocus' in summary], ['alert', '-1', true])
    assert.ok(
      tags.some((tag) => tag.attributes['href'] === '#login-password'),
      'the summary leads to the field',
    )
  })

  it('J11: says before the password where the person goes, also where that is a page of this site', () => {
    const said = (way?: string) =>
      /<p id="destination">(.*?)<\/p>/.exec(signInPage(site, { formToken: 'f', isSignUpOpen: true, ...(way === undefined ? {} : { continue: way }) }))?.[1]
    assert.equal(said(), 'After you sign in, you go to <b>your account</b> here.')
    assert.equal(said('/device?user_code=WDJB-MJHT'), 'After you sign in, you go to <b>connecting your device</b>.')
    assert.equal(said('/account/applications'), 'After you sign in, you go to the <b>applications that may act for you</b>.')
    assert.equal(said('/constructor'), 'After you sign in, you go to <b>your account</b> here.')
  })
})
