/** What people see. Plain forms: everything works without JavaScript. */
import { type Html, html } from './html.ts'
import type { SignedIn } from './visitors.ts'

export interface Note {
  readonly text: string
}

export const stylesheet = `
:root { color-scheme: light dark; --ink: light-dark(#1d2433, #e8eaf0); --quiet: light-dark(#5a6478, #a3abbd); --paper: light-dark(#fff, #171b24); --line: light-dark(#d5dae4, #394154); --accent: light-dark(#7a2e12, #f0a27f); }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } p { margin: .5rem 0 1rem } .quiet { color: var(--quiet) }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem; margin: 0 } dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .875rem }
form { display: inline-block; margin: 0 .5rem .5rem 0 } input, button { font: inherit; padding: .5rem .9rem; border-radius: 6px; border: 1px solid var(--line); background: transparent; color: inherit }
button { border-color: var(--accent); color: var(--accent); cursor: pointer } button.first { background: var(--accent); color: var(--paper) } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.notice { border-left: 4px solid var(--accent); padding: .5rem 1rem; margin: 1rem 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .875rem; border: 1px solid var(--line); border-radius: 6px; padding: .75rem }
`

export function page(title: string, body: Html): string {
  const document = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><link rel="stylesheet" href="/style.css"></head>
<body><header><h1>Notes Printer</h1><p class="quiet">A third party's application. It never sees your password.</p></header><main>${body}</main></body>
</html>`
  return document.html
}

export function welcome(issuer: string): Html {
  return html`<p>Let Notes Printer read your notes and lay them out for paper. You choose what it may do, and take it back whenever you like.</p>
<form method="post" action="/sign-in"><button class="first" id="sign-in">Sign in with Latchwork</button></form>
<p class="quiet">You will be sent to ${issuer}.</p>`
}

/** The person's own page; `notice` says what just happened, `notes` is what the API answered. */
export function home(signedIn: SignedIn, notice?: string, notes?: readonly Note[]): Html {
  const expiry = signedIn.accessTokenExpiresAt === undefined ? 'unknown' : new Date(signedIn.accessTokenExpiresAt).toISOString()
  return html`${notice === undefined ? [] : [html`<p class="notice" id="notice" role="status">${notice}</p>`]}
<p>Signed in as <strong id="subject">${nameOf(signedIn)}</strong>.</p>
<form method="post" action="/notes"><button class="first" id="read-notes">Print my notes</button></form>
<form method="post" action="/refresh"><button id="refresh">Refresh the access token</button></form>
<form method="post" action="/sign-out"><button id="sign-out">Sign out and give the tokens back</button></form>
${notes === undefined ? [] : [html`<h2>Notes</h2>${notes.length === 0 ? html`<p id="notes">No notes yet.</p>` : html`<ol id="notes">${notes.map((note) => html`<li>${note.text}</li>`)}</ol>`}`]}
<h2>ID token</h2>${definitions(signedIn.claims)}
<h2>UserInfo</h2>${signedIn.userInfo === undefined ? html`<p>Not fetched.</p>` : definitions(signedIn.userInfo)}
<h2>Access token</h2>${definitions({ token: shortened(signedIn.accessToken), scope: signedIn.scope, expires: expiry, refreshes: signedIn.refreshes })}`
}

export function failure(title: string, detail: string, code?: string): Html {
  return html`<h2>${title}</h2><p id="error-detail">${detail}</p>${code === undefined ? [] : [html`<p class="quiet">Code: <span id="error-code">${code}</span></p>`]}
<p><a href="/">Back to the start</a></p>`
}

function nameOf({ claims, userInfo }: SignedIn): string {
  const name = userInfo?.name ?? userInfo?.email
  return typeof name === 'string' ? name : claims.sub
}

function definitions(values: Readonly<Record<string, unknown>>): Html {
  return html`<dl>${Object.entries(values).map(([name, value]) => html`<dt>${name}</dt><dd>${typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>`)}</dl>`
}

/** Enough of a token to tell two apart. */
function shortened(token: string): string {
  return `${token.slice(0, 8)}…${token.slice(-4)}`
}
