/** The start page: what this server is, and where everything is. */
import { type Html, html } from './html.ts'
import { type PageSite, pageOf, type SignedInPerson } from './layout.ts'
import { paths } from './paths.ts'

export interface HomeView {
  readonly issuer: string
  readonly person?: SignedInPerson
  readonly isSignUpOpen: boolean
  /** Where the documentation is, if this installation says so. */
  readonly docsUrl?: string
  /** Present when the demo is on. */
  readonly demo?: { readonly applicationUrl: string; readonly apiUrl: string }
}

export function homePage(site: PageSite, view: HomeView): string {
  return pageOf(site, {
    title: `Welcome to ${site.name}`,
    shape: 'sheet',
    person: view.person,
    here: paths.home,
    content: html`
<p class="lead">Sign-in, keys and permissions for everything that trusts <code>${view.issuer}</code>.</p>
<p class="ways">${wayIn(view)}</p>
${view.demo !== undefined && demoSection(view.demo)}
<section aria-labelledby="developers"><h2 id="developers">For developers</h2>
<p>Programs come in with an API key, your own front ends with a session, other people’s applications with OAuth. Each is described in a form that tools read.</p>
<ul class="index">${developerLinks(view).map(([href, words]) => html`<li><a href="${href}">${words}</a> <code class="soft">${href}</code></li>`)}</ul></section>`,
  })
}

function wayIn(view: HomeView): Html {
  if (view.person !== undefined) return html`<a class="button primary" id="home-account" href="${paths.account}">Your account</a>`
  const signUp = view.isSignUpOpen && html`<a class="button" id="home-sign-up" href="${paths.signUp}">Create an account</a>`
  return html`<a class="button primary" id="home-sign-in" href="${paths.signIn}">Sign in</a>${signUp}`
}

function demoSection(demo: NonNullable<HomeView['demo']>): Html {
  return html`
<section aria-labelledby="demo"><h2 id="demo">The demo</h2>
<ul class="index">
<li><a id="demo-application" href="${demo.applicationUrl}">The demo application</a> <span class="soft">somebody else’s; it asks for your permission</span></li>
<li><a id="demo-api" href="${demo.apiUrl}">The demo API</a> <span class="soft">takes an API key, a session or an OAuth token</span></li>
</ul></section>`
}

function developerLinks(view: HomeView): readonly (readonly [string, string])[] {
  const links: readonly (readonly [string | undefined, string])[] = [
    [view.docsUrl, 'Documentation'],
    [paths.advise, 'Which mechanism is right for you'],
    [paths.openApi, 'OpenAPI description'],
    [paths.openIdMetadata, 'OpenID Connect metadata'],
    [paths.serverMetadata, 'OAuth metadata'],
    [paths.jwks, 'Public signing keys'],
    [paths.errors, 'Every refusal'],
  ]
  return links.filter((link): link is readonly [string, string] => link[0] !== undefined)
}
