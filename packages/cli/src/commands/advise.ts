/** `latchwork advise`: which mechanism is right, why, and the code; `--apply` makes what was advised. */
import {
  type Advice,
  type Answers,
  advise,
  answersThatCount,
  comparison,
  comparisonNotes,
  type Family,
  faultOfAnswer,
  nextQuestion,
  type Question,
  questions,
  variants,
} from '@latchwork/advice'
import type { Command, Flag, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { serverFlags } from '../server-call.ts'
import { type Terminal, wrap } from '../terminal.ts'
import { applyAdvice, applyFlags } from './advise-apply.ts'
import { outFlag } from './shown-secret.ts'

const questionFlags: readonly Flag[] = questions.map(({ id, asks, options }) => ({
  name: id,
  value: 'ANSWER',
  help: `${asks} ${options.map((option) => option.id).join(', ')}.`,
}))

export const adviseCommand: Command = {
  name: 'advise',
  summary: 'API key, session or OAuth: a few questions, then what to use, why, and the code.',
  flags: [
    ...questionFlags,
    { name: 'compare', help: 'Print the comparison of all mechanisms, and end.' },
    { name: 'apply', help: 'Make what is advised: the key or the client at the server, or the settings of sessions in the configuration.' },
    ...applyFlags,
    outFlag,
    ...serverFlags,
  ],
  example: [
    'latchwork advise',
    'latchwork advise --caller third-party --holder server',
    'latchwork advise --caller third-party --holder server --apply --name Printer \\',
    '    --redirect-uri https://printer.example.com/callback --scope notes:read \\',
    '    --audience https://api.example.com \\',
    '    --root-key-file root.key --out printer.secret',
    'latchwork advise --compare',
  ],
  more: 'In a terminal it asks what the flags leave open: answer by number, b goes back, q ends. For scripts give every answer; what is missing is named.',
  run: runAdvise,
}

async function runAdvise(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson, isOn } = invocation
  if (isOn('compare')) {
    terminal.out(wantsJson ? JSON.stringify({ variants, comparison, notes: comparisonNotes }) : comparisonText(terminal))
    return 0
  }
  const advice = await adviceFor(invocation)
  if (advice === undefined) return 0
  if (isOn('apply')) return applyAdvice(invocation, advice)
  terminal.out(wantsJson ? JSON.stringify(advice) : adviceText(advice, terminal))
  return 0
}

/** Nothing if whoever was asked wanted no more. @throws WrongUsage for an answer that is none, or that is missing where nobody can be asked. */
async function adviceFor(invocation: Invocation): Promise<Advice | undefined> {
  const given = answersOf(invocation)
  const answers = answersThatCount(given)
  const needless = Object.keys(given).find((id) => answers[id] === undefined)
  const next = nextQuestion(answers)
  if (needless !== undefined && next === undefined) throw new WrongUsage(`--${needless} is not asked after the other answers.`, 'Take it away.')
  if (next === undefined) return advise(answers)
  const { askLine } = invocation.terminal
  if (askLine === undefined || invocation.wantsJson) throw missing(next)
  const asked = await askAll(invocation.terminal, askLine, answers)
  return asked && advise(asked)
}

function answersOf({ text }: Invocation): Answers {
  const given: Record<string, string> = {}
  for (const { id } of questions) {
    const value = text(id)
    if (value === undefined) continue
    const fault = faultOfAnswer(id, value)
    if (fault !== undefined) throw new WrongUsage(`--${id}: ${fault.split('. ')[0]}.`, fault.split('. ')[1])
    given[id] = value
  }
  return given
}

function missing({ id, asks, options }: Question): WrongUsage {
  return new WrongUsage(`--${id} is missing: ${asks}`, `Write --${id} with one of ${options.map((option) => option.id).join(', ')}.`)
}

/** With a way back: what flags answered stays. */
async function askAll(terminal: Terminal, askLine: NonNullable<Terminal['askLine']>, given: Answers): Promise<Answers | undefined> {
  const asked: string[] = []
  let answers = given
  for (let question = nextQuestion(answers); question !== undefined; question = nextQuestion(answers)) {
    terminal.err(questionText(question, terminal, asked.length > 0))
    const line = (await askLine('> '))?.trim().toLowerCase()
    if (line === undefined || line === 'q') return undefined
    const last = asked.at(-1)
    if (line === 'b' && last !== undefined) {
      asked.pop()
      answers = Object.fromEntries(Object.entries(answers).filter(([id]) => id !== last))
      continue
    }
    const option = question.options[Number(line) - 1] ?? question.options.find(({ id }) => id === line)
    if (option === undefined)
      terminal.err(`Answer with a number from 1 to ${question.options.length}${last === undefined ? '' : ', b to go back'}, or q to end.\n`)
    else {
      asked.push(question.id)
      answers = { ...answers, [question.id]: option.id }
    }
  }
  return answers
}

function questionText({ asks, help, options }: Question, { paint }: Terminal, hasBefore: boolean): string {
  const lines = options.map(({ text }, index) => `  ${index + 1}  ${wrap(text, 5)}`)
  return [paint('bold', wrap(asks)), paint('dim', wrap(help)), ...lines, ...(hasBefore ? ['  b  back'] : [])].join('\n')
}

const FAMILY_WORDS: Readonly<Record<Family, string>> = { 'api-key': 'an API key', session: 'a session', oauth: 'OAuth' }
const CODE_WORDS = { node: 'Node.js', python: 'Python', curl: 'curl' } as const

function adviceText({ title, honest, why, whyNot, terms, mistakes, code, answers }: Advice, { paint }: Terminal): string {
  const item = (text: string): string => `  - ${wrap(text, 4)}`
  const part = (name: string, lines: readonly string[]): readonly string[] => ['', paint('bold', name), ...lines]
  return [
    paint('bold', title),
    ...(honest === undefined ? [] : ['', wrap(honest)]),
    ...part('Why', why.map(item)),
    ...part(
      'Why not something else',
      Object.entries(whyNot).map(([family, text]) => item(`Not ${FAMILY_WORDS[family as Family]}: ${text}`)),
    ),
    ...part(
      'Use it so',
      Object.entries(terms).map(([name, text]) => `  ${name.padEnd(9)} ${wrap(text, 12)}`),
    ),
    ...part('The classic mistakes', mistakes.map(item)),
    ...Object.entries(code).flatMap(([language, text]) =>
      part(`${CODE_WORDS[language as keyof typeof CODE_WORDS]}: how your API checks it`, ['', text.trimEnd()]),
    ),
    ...part('Make it', [
      `  latchwork advise ${Object.entries(answers)
        .map(([id, value]) => `--${id} ${value}`)
        .join(' ')} --apply --help`,
    ]),
  ].join('\n')
}

/** Each mechanism below the other: eight columns fit no terminal. */
function comparisonText({ paint }: Terminal): string {
  return variants
    .map(({ id, name }) => [paint('bold', name), ...comparison.map(({ title, cells }) => `  ${title.padEnd(24)} ${wrap(cells[id], 27)}`)].join('\n'))
    .concat(comparisonNotes.map((note) => wrap(note)))
    .join('\n\n')
}
