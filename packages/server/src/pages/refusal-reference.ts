/** The reference of refusals, made from the one table: where the `type` of a problem (RFC 9457 §3.1.1) leads. */
import { type RefusalCode, refusals } from '@latchwork/kernel'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths } from './paths.ts'

export function refusalPage(site: PageSite, code: RefusalCode): string {
  const { status, oauth, title, mend } = refusals[code]
  return pageOf(site, {
    title,
    shape: 'sheet',
    content: html`
<p class="lead">${mend}</p>
<dl class="facts">
<div><dt>Code</dt><dd><code id="error-code">${code}</code></dd></div>
<div><dt>HTTP status</dt><dd><code>${status}</code></dd></div>
<div><dt>At OAuth endpoints</dt><dd><code>${oauth}</code></dd></div>
</dl>
<p class="soft">An answer can say more than this in its <code>detail</code> (elsewhere than OAuth) or <code>error_description</code> (at OAuth endpoints).</p>
<p><a href="${paths.errors}">Every refusal</a></p>`,
  })
}

export function refusalIndexPage(site: PageSite): string {
  return pageOf(site, {
    title: 'Every refusal',
    shape: 'sheet',
    content: html`
<p class="lead">Each way this server says no, with what to do about it.</p>
<ul class="index">${Object.entries(refusals).map(([code, row]) => indexRow(code, row.title))}</ul>`,
  })
}

function indexRow(code: string, title: string): Html {
  return html`<li><a href="errors/${code}">${code}</a> ${title}</li>`
}
