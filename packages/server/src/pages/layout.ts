/** The shell of every page: one h1, landmarks, one stylesheet, nothing inline and nothing from elsewhere. */
import { assets } from './assets.ts'
import { type Html, type HtmlValue, html } from './html.ts'
import { paths } from './paths.ts'
import { logoImage, type ShownLogo } from './site-look.ts'

/** What the operator says this installation is. */
export interface PageSite {
  /** The name people know it by. */
  readonly name: string
  /** Address of the stylesheet with the operator's accent in it; ours unless said. */
  readonly stylesheet?: string
  readonly logo?: ShownLogo
}

export interface SignedInPerson {
  readonly name: string
  readonly email: string
  readonly isOperator: boolean
}

interface Shell {
  readonly title: string
  /** `card`: one thing to do. `ask`: the same, with more to read first. `sheet`: lists and reading. `wide`: a table of many columns. */
  readonly shape: 'card' | 'ask' | 'sheet' | 'wide'
  readonly content: HtmlValue
  /** Stands below the card. */
  readonly below?: HtmlValue
  /** Shows the way around to whoever is signed in. */
  readonly person?: SignedInPerson | undefined
  readonly here?: string
  /** The form was refused: said first, because the title is what a screen reader reads first. */
  readonly isRefused?: boolean
  /** The page goes on by itself. */
  readonly goesOn?: boolean
}

const CLASSES: Readonly<Record<Shell['shape'], string>> = { card: 'card', ask: 'card ask', sheet: 'sheet', wide: 'sheet wide' }

export function pageOf(site: PageSite, shell: Shell): string {
  const isSheet = shell.shape === 'sheet' || shell.shape === 'wide'
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${shell.isRefused && 'Please check: '}${shell.title} · ${site.name}</title>
<link rel="icon" href="${assets.icon.href}" type="image/svg+xml">
<link rel="stylesheet" href="${site.stylesheet ?? assets.stylesheet.href}">
${shell.goesOn && html`<script src="${assets.continueScript.href}" defer></script>`}
</head>
<body class="${CLASSES[shell.shape]}">
${isSheet && html`<a class="skip" href="#main">Skip to the content</a>`}
<header>
${siteLink(site)}
${shell.person !== undefined && navigation(shell.person, shell.here)}
</header>
<main id="main" tabindex="-1">
<div class="content">
<h1>${shell.title}</h1>
${shell.content}
</div>
${shell.below !== undefined && html`<div class="below">${shell.below}</div>`}
</main>
<footer><a href="${paths.home}">About <bdi>${site.name}</bdi></a></footer>
</body>
</html>
`.toString()
}

function siteLink({ name, logo }: PageSite): Html {
  const words = html`<bdi>${name}</bdi>`
  return html`<a class="site" href="${paths.home}">${logo && logoImage(logo, name)}${logo?.hasName !== true && words}</a>`
}

function navigation(person: SignedInPerson, here: string | undefined): Html {
  const links = [
    { href: paths.account, words: 'Your account', isShown: true },
    { href: paths.keys, words: 'Keys', isShown: person.isOperator },
  ].filter((link) => link.isShown)
  const items = links.map(({ href, words }) => html`<li><a href="${href}"${href === here && html` aria-current="page"`}>${words}</a></li>`)
  return html`<nav aria-label="Main"><ul>${items}</ul></nav>`
}
