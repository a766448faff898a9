/** The pages of the advice and of the comparison, from the same data as the command and the page. */
import { type Answers, advise, comparison, comparisonNotes, nextQuestion, type Outcome, outcomes, questions, variants } from '@latchwork/advice'

export function comparisonPage(): string {
  const head = `| | ${variants.map(({ name }) => name).join(' | ')} |`
  const rows = comparison.map(({ title, cells }) => `| **${title}** | ${variants.map(({ id }) => cells[id]).join(' | ')} |`)
  return `# The mechanisms, side by side

<!-- Made from packages/advice by \`npm run docs\`. -->

Lifetimes are the defaults. Which one is right for you: [guide](../guides/choose.md), or \`latchwork advise\`.

${head}
|${' --- |'.repeat(variants.length + 1)}
${rows.join('\n')}

${comparisonNotes.map((note) => `- ${note}`).join('\n')}
`
}

export function advicePage(): string {
  return `# What is advised, and when

<!-- Made from packages/advice by \`npm run docs\`. -->

The answers of \`latchwork advise\` and of the page \`/advise\`. [The guide](../guides/choose.md) says how to ask.

## The questions

${questions.map(({ id, asks, options }) => `- \`--${id}\` ${asks} ${options.map((option) => `\`${option.id}\` ${withSmallInitial(option.text)}`).join('; ')}.`).join('\n')}
${outcomes.map(section).join('')}`
}

function section({ id, title, why, whyNot, terms, mistakes }: Outcome): string {
  return `
## ${title}

${waysTo(id)}

${why.join(' ')} ${Object.values(whyNot).join(' ')}

${Object.entries(terms)
  .map(([name, text]) => `- **${name[0]?.toUpperCase()}${name.slice(1)}.** ${text}`)
  .join('\n')}

The classic mistakes:

${mistakes.map((text) => `- ${text.replaceAll('_', '\\_')}`).join('\n')}
`
}

/** One set of answers that leads there. */
function waysTo(id: string): string {
  const find = (answers: Answers): Answers | undefined => {
    const question = nextQuestion(answers)
    if (question === undefined) return advise(answers)?.id === id ? answers : undefined
    for (const option of question.options) {
      const found = find({ ...answers, [question.id]: option.id })
      if (found !== undefined) return found
    }
    return undefined
  }
  return `\`latchwork advise ${Object.entries(find({}) ?? {})
    .map(([name, value]) => `--${name} ${value}`)
    .join(' ')}\``
}

function withSmallInitial(text: string): string {
  return `${text[0]?.toLowerCase()}${text.slice(1)}`
}
