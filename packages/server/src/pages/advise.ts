/** Which mechanism is right: one question a page, its answers links, so that the browser's own way back leads back; then the advice, and the comparison. */
import {
  type Advice,
  type Answers,
  answersThatCount,
  comparison,
  comparisonNotes,
  type Family,
  nextQuestion,
  type Question,
  questions,
  type Terms,
  variants,
} from '@latchwork/advice'
import { type Html, html } from './html.ts'
import { type PageSite, pageOf } from './layout.ts'
import { paths, pathWith } from './paths.ts'

const FAMILY_WORDS: Readonly<Record<Family, string>> = { 'api-key': 'an API key', session: 'a session', oauth: 'OAuth' }
const TERM_WORDS: Readonly<Record<keyof Terms, string>> = { lifetime: 'Lifetime', rotation: 'Rotation', storage: 'Storage', binding: 'Binding' }
const CODE_WORDS = { node: 'Node.js', python: 'Python', curl: 'curl' } as const

/** @param answers checked ones, none of which is left over. */
export function questionPage(site: PageSite, question: Question, answers: Answers): string {
  return pageOf(site, {
    title: question.asks,
    shape: 'sheet',
    content: html`
<p class="lead">${question.help}</p>
<ul class="rows">${question.options.map(({ id, text }) => html`<li><a href="${pathWith(paths.advise, { ...answers, [question.id]: id })}">${text}</a></li>`)}</ul>
${answersSoFar(answers)}
<p><a href="${paths.comparison}">Compare the mechanisms, side by side</a></p>`,
  })
}

/** Each answer with a way to change it: what was asked after it is asked again. */
function answersSoFar(answers: Answers): Html | undefined {
  const given = questions.filter(({ id }) => answers[id] !== undefined)
  if (given.length === 0) return undefined
  const rows = given.map((question, index) => {
    const before = Object.fromEntries(given.slice(0, index).map(({ id }) => [id, answers[id]]))
    const words = question.options.find(({ id }) => id === answers[question.id])?.text ?? ''
    return html`<div><dt>${question.asks}</dt><dd>${words} <a href="${pathWith(paths.advise, before)}">Change<span class="unseen"> the answer to: ${question.asks}</span></a></dd></div>`
  })
  return html`<section aria-labelledby="answers"><h2 id="answers">Your answers</h2><dl class="facts">${rows}</dl></section>`
}

export function advicePage(site: PageSite, advice: Advice): string {
  const { title, honest, why, whyNot, terms, mistakes, code, answers } = advice
  return pageOf(site, {
    title,
    shape: 'sheet',
    content: html`
${honest !== undefined && html`<div class="notice"><p>${honest}</p></div>`}
<section aria-labelledby="why"><h2 id="why">Why</h2><ul class="points">${why.map((text) => html`<li>${text}</li>`)}</ul></section>
<section aria-labelledby="why-not"><h2 id="why-not">Why not something else</h2>
<dl class="facts">${Object.entries(whyNot).map(([family, text]) => html`<div><dt>Not ${FAMILY_WORDS[family as Family]}</dt><dd>${text}</dd></div>`)}</dl></section>
<section aria-labelledby="terms"><h2 id="terms">Use it so</h2>
<dl class="facts">${Object.entries(terms).map(([term, text]) => html`<div><dt>${TERM_WORDS[term as keyof Terms]}</dt><dd>${text}</dd></div>`)}</dl></section>
<section aria-labelledby="mistakes"><h2 id="mistakes">The classic mistakes</h2><ul class="points">${mistakes.map((text) => html`<li>${text}</li>`)}</ul></section>
<section aria-labelledby="code"><h2 id="code">How your API checks it</h2>
${Object.entries(code).map(
  ([language, text]) => html`<h3>${CODE_WORDS[language as keyof typeof CODE_WORDS]}</h3>
<pre tabindex="0"><code>${text}</code></pre>`,
)}</section>
<section aria-labelledby="make"><h2 id="make">Make it</h2><pre tabindex="0"><code>${commandFor(answers)}</code></pre></section>
${answersSoFar(answers)}
<p><a href="${paths.comparison}">Compare the mechanisms, side by side</a> · <a href="${paths.advise}">Begin again</a></p>`,
  })
}

function commandFor(answers: Answers): string {
  const flags = Object.entries(answers).map(([id, value]) => `--${id} ${value}`)
  return ['latchwork advise', ...flags, '--apply --help'].join(' \\\n  ')
}

/** Row by row: a table where there is room for eight columns, else one list a property. A browser takes a table's roles away with its layout, so they are said. */
export function comparisonPage(site: PageSite): string {
  return pageOf(site, {
    title: 'The mechanisms, side by side',
    shape: 'wide',
    content: html`
<p class="lead">Not sure which? <a href="${paths.advise}">Answer a few questions</a>.</p>
<table role="table" aria-label="The mechanisms, property by property">
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Property</th>${variants.map(
      ({ id, name }) => html`<th scope="col" role="columnheader" id="${`variant-${id}`}">${name}</th>`,
    )}</tr></thead>
<tbody role="rowgroup">${comparison.map(
      ({ title, cells }) => html`
<tr role="row"><th scope="row" role="rowheader">${title}</th>${variants.map(({ id, name }) => html`<td role="cell" data-of="${name}">${cells[id]}</td>`)}</tr>`,
    )}
</tbody></table>
<ul class="points">${comparisonNotes.map((note) => html`<li>${note}</li>`)}</ul>`,
  })
}

/** What of a query are answers. */
export function answersIn(query: Readonly<Record<string, string>>): {
  readonly answers: Answers
  readonly next: Question | undefined
  readonly isWhole: boolean
} {
  const answers = answersThatCount(query)
  return { answers, next: nextQuestion(answers), isWhole: Object.keys(answers).length === Object.keys(query).length }
}
