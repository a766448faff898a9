/**
 * Which mechanism, and why: the questions, the advice and the comparison, all of them data. Owns the words and the tree; knows no terminal, no page and no server, and asks nobody.
 */
export { type Advice, advise, faultOfAnswer } from './advise.ts'
export { type ComparisonRow, comparison, comparisonNotes, type Variant, type VariantId, variants } from './comparison.ts'
export type { ClientMaking, Family, Making, Outcome, Terms } from './outcome.ts'
export { outcomes } from './outcomes.ts'
export { type Answers, answersThatCount, nextQuestion, type Option, type Question, questions } from './questions.ts'
export type { Snippets } from './snippets.ts'
