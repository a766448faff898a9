/** The page on which a new key or token is shown, once. */
import { html } from './html.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { paths } from './paths.ts'

/** What people call it. */
export type MadeKind = 'key' | 'root key' | 'token'

export interface KeyMadeView {
  readonly kind: MadeKind
  readonly person: SignedInPerson
  readonly name: string
  readonly keyId: string
  /** The key itself. It stands on this one page and nowhere else. */
  readonly secret: string
  /** An address a first call with it can be tried at. */
  readonly exampleUrl?: string
  /** Where to go on; the operators' keys unless said otherwise. */
  readonly doneAt?: string
}

export function keyMadePage(site: PageSite, view: KeyMadeView): string {
  const curl = view.exampleUrl !== undefined && exampleCall(view.exampleUrl, view.secret)
  return pageOf(site, {
    title: `Your new ${view.kind}`,
    shape: 'sheet',
    person: view.person,
    content: html`
<p class="warning"><b>Copy it now.</b> It is shown this once: we keep only a digest and cannot show it again.</p>
<div class="field">
<label for="key-secret">${LABELS[view.kind]} for <bdi>${view.name}</bdi></label>
<textarea id="key-secret" class="secret" rows="3" readonly spellcheck="false" autocomplete="off" aria-describedby="key-secret-hint">${view.secret}</textarea>
<p class="hint" id="key-secret-hint">Keep it where your program reads secrets from, never in its source. Its id is <code id="key-id">${view.keyId}</code>.</p>
</div>
${curl !== false && html`<section aria-labelledby="try"><h2 id="try">Try it</h2><pre id="key-curl"><code>${curl}</code></pre></section>`}
<p><a class="button" id="key-done" href="${view.doneAt ?? paths.keys}">I have copied it</a></p>`,
  })
}

const LABELS: Readonly<Record<MadeKind, string>> = { key: 'Key', 'root key': 'Root key', token: 'Token' }

export interface KeyMadeBeforeView {
  readonly kind: MadeKind
  readonly person: SignedInPerson
  readonly name: string
  readonly keyId: string
  /** Its first and last characters. */
  readonly fingerprint: string
  /** Where the keys are listed, and this one can be revoked; the operators' keys unless said otherwise. */
  readonly doneAt?: string
}

/** For a form that was sent before: loaded again, or pressed twice. Nothing was made now. */
export function keyMadeBeforePage(site: PageSite, view: KeyMadeBeforeView): string {
  return pageOf(site, {
    title: `This ${view.kind} was made already`,
    shape: 'sheet',
    person: view.person,
    content: html`
<p>The form came twice, and made one ${view.kind}: <b><bdi>${view.name}</bdi></b> <code id="key-fingerprint">${view.fingerprint}</code>, with the id <code id="key-id">${view.keyId}</code>.</p>
<p class="warning">It was shown once, and we cannot show it again. If you have not copied it, revoke it and make another.</p>
<p><a class="button" id="key-done" href="${view.doneAt ?? paths.keys}">Back to the list</a></p>`,
  })
}

/** A call for a POSIX shell. */
function exampleCall(url: string, secret: string): string {
  return `curl ${shellWord(url)} \\\n  --header ${shellWord(`Authorization: Bearer ${secret}`)}`
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
