/** From answers to advice. */
import type { Family, Outcome } from './outcome.ts'
import { outcomes } from './outcomes.ts'
import { type Answers, answersThatCount, nextQuestion, questions } from './questions.ts'
import { type Snippets, snippetsFor } from './snippets.ts'

export interface Advice extends Omit<Outcome, 'fits' | 'snippets' | 'making'> {
  /** The answers it rests on. */
  readonly answers: Answers
  /** Said to who was going to take OAuth because it sounds safer. */
  readonly honest?: string
  readonly making: Outcome['making']
  readonly code: Snippets
}

const HONEST: Readonly<Record<Exclude<Family, 'oauth'>, string>> = {
  'api-key':
    'OAuth would not be safer here. What it protects is a person, from an application they did not write: there is none of either. You would add a token endpoint, a client secret that ' +
    'lives as long as a key and is sent as often, and a token on top. The risk stays what it is: a secret that leaks. Scopes, networks, an expiry, a rotation and revocation at once are what helps, and keys have them.',
  session:
    'OAuth would not be safer here. Consent, redirects and client registrations protect your people from the applications of others; you would be asking them whether they trust you. A session ' +
    'gives your front end the same short, signed token with less that can be set up wrongly. Take OAuth the day somebody else’s application comes.',
}

/** Nothing as long as something is still to be asked. */
export function advise(given: Answers): Advice | undefined {
  const answers = answersThatCount(given)
  if (nextQuestion(answers) !== undefined) return undefined
  const outcome = outcomes.find(({ fits }) => fits(answers))
  if (outcome === undefined) throw new Error(`no advice for ${JSON.stringify(answers)}`)
  const { fits: _fits, snippets, ...told } = outcome
  const [family] = outcome.families
  const honest = answers['leaning'] === 'oauth' && family !== undefined && family !== 'oauth' ? HONEST[family] : undefined
  return { ...told, answers, code: snippetsFor(snippets), ...(honest === undefined ? {} : { honest }) }
}

/** What is wrong with an answer, in words with the mend; nothing if it is one. */
export function faultOfAnswer(id: string, value: string): string | undefined {
  const question = questions.find((one) => one.id === id)
  if (question === undefined) return `There is no question ${id}. The questions are ${questions.map((one) => one.id).join(', ')}.`
  if (question.options.some((option) => option.id === value)) return undefined
  return `${value} is no answer to ${id}. The answers are ${question.options.map((option) => option.id).join(', ')}.`
}
