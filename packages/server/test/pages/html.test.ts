import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Html, html, withoutInvisible } from '../../src/pages/html.ts'

const XSS = `"'><script>alert(1)</script>&lt;\``
const ESCAPED = '&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;&#96;'
const RIGHT_TO_LEFT = '\u202e'

describe('html', () => {
  it('13.2: escapes in text, in attributes and in values', () => {
    assert.equal(String(html`<p>${XSS}</p>`), `<p>${ESCAPED}</p>`)
    assert.equal(String(html`<p title="${XSS}">`), `<p title="${ESCAPED}">`)
    assert.equal(String(html`<input value="${XSS}">`), `<input value="${ESCAPED}">`)
    assert.equal(String(html`<a href="/x?${XSS}">`), `<a href="/x?${ESCAPED}">`)
  })

  it('13.2: drops characters that hide or turn around others, except from values, which must come back as they were', () => {
    assert.equal(String(html`<b title="${`a${RIGHT_TO_LEFT}b`}">${`a${RIGHT_TO_LEFT}\u200b\u0000b`}</b>`), '<b title="ab">ab</b>')
    assert.equal(String(html`<input value="${`a${RIGHT_TO_LEFT}b\r\n`}">`), `<input value="a${RIGHT_TO_LEFT}b&#13;\n">`)
    assert.equal(withoutInvisible('می\u200cخواهم \u{1f469}\u200d\u{1f680}'), 'می\u200cخواهم \u{1f469}\u200d\u{1f680}', 'joiners that scripts need stay')
    assert.equal(withoutInvisible('Acme\u{e0041}\u2066\u00ad\ufeff'), 'Acme')
  })

  it('13.2: makes a lone surrogate visible', () => {
    assert.equal(String(html`${'a\ud800'}`), 'a\ufffd')
  })

  it('13.2: lets no address run as script', () => {
    for (const address of [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'java\tscript:alert(1)',
      '\u0001javascript:x',
      'data:text/html,x',
      'vbscript:x',
      'http://[',
    ]) {
      assert.equal(String(html`<a href="${address}">`), '<a href="about:invalid">', JSON.stringify(address))
      assert.equal(String(html`<form action="${address}">`), '<form action="about:invalid">', JSON.stringify(address))
    }
    for (const address of ['/login?a=b', 'https://acme.example/', 'com.acme.app:/cb', '#top', 'http://127.0.0.1:8080/cb']) {
      assert.equal(String(html`<a href="${address}">`), `<a href="${address}">`)
    }
  })

  it('13.2: knows the place of a value in a piece that is an attribute itself', () => {
    assert.equal(String(html`<a${html` href="${'javascript:alert(1)'}"`}>`), '<a href="about:invalid">')
    assert.equal(String(html`<input${html` type="hidden" value="${`a${RIGHT_TO_LEFT}b`}"`}>`), `<input type="hidden" value="a${RIGHT_TO_LEFT}b">`)
    assert.throws(() => html` title=${'x'}`, TypeError)
  })

  it('joins lists, keeps what is HTML already, and leaves out what is absent', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    assert.equal(String(html`<ul>${items}${undefined}${false}${0}</ul>`), '<ul><li>a</li><li>&lt;b&gt;</li>0</ul>')
  })

  it('refuses a string inside a tag where no double quotes guard it', () => {
    const strange = 'x onload=alert(1)'
    assert.throws(() => html`<p ${strange}>`, TypeError)
    assert.throws(() => html`<p title=${strange}>`, TypeError)
    assert.throws(() => html`<p title='${strange}'>`, TypeError)
    assert.throws(() => html`</${strange}>`, TypeError)
    assert.equal(String(html`<input${html` checked`}>`), '<input checked>')
  })

  it('takes no look-alike for HTML', () => {
    const forged = { toString: () => '<script>' } as unknown as Html
    assert.throws(() => html`<p>${forged}</p>`)
  })
})
