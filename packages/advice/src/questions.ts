/** The questions, in the order they are asked. A question is asked only where its answer changes the advice. */

export type Answers = Readonly<Record<string, string>>

export interface Option {
  readonly id: string
  readonly text: string
}

export interface Question {
  readonly id: string
  readonly asks: string
  /** What to think of, in a sentence. */
  readonly help: string
  readonly options: readonly Option[]
  /** Whether it is asked after these answers. */
  readonly when: (answers: Answers) => boolean
}

const PROGRAMS = ['own-server', 'customer-server', 'job']
const isProgram = ({ caller, cli }: Answers): boolean => PROGRAMS.includes(caller ?? '') || (caller === 'cli' && cli === 'program')

export const questions: readonly Question[] = [
  {
    id: 'caller',
    asks: 'Who calls your API?',
    help: 'The one that sends the requests, not the one who pays for them.',
    options: [
      { id: 'own-server', text: 'A server of yours' },
      { id: 'customer-server', text: "A customer's server or script" },
      { id: 'job', text: 'A job of yours: cron, CI, a pod' },
      { id: 'cli', text: 'A command-line tool that people run' },
      { id: 'own-front-end', text: 'A person in your own single-page or mobile application' },
      { id: 'own-site', text: 'A person on your own server-rendered site' },
      { id: 'third-party', text: "Somebody else's application, on behalf of a person" },
    ],
    when: () => true,
  },
  {
    id: 'cli',
    asks: 'Must you know which person runs it?',
    help: 'If what they may do or see depends on who they are, the answer is yes.',
    options: [
      { id: 'browser', text: 'Yes, and they can open a browser' },
      { id: 'paste', text: 'Yes, and they set it up once by pasting a token' },
      { id: 'program', text: 'No, it acts for an account' },
    ],
    when: ({ caller }) => caller === 'cli',
  },
  {
    id: 'check',
    asks: 'How can your API check each call?',
    help: 'To ask is quick, because answers are remembered and revocations come by a stream; not to ask at all means that a token lives on until it expires.',
    options: [
      { id: 'ask', text: 'It can reach the Latchwork server, and revocation must be real at once' },
      { id: 'offline', text: 'It must check by itself, without a server or a store to ask' },
    ],
    when: isProgram,
  },
  {
    id: 'theft',
    asks: 'May the long-lived secret travel with every call?',
    help: 'Whoever sees a call, such as a proxy or a log, then has it. Most APIs accept that over TLS; some regulators do not.',
    options: [
      { id: 'travels', text: 'Yes, over TLS' },
      { id: 'stays', text: 'No: it must prove itself without showing it' },
    ],
    when: isProgram,
  },
  {
    id: 'others',
    asks: 'Will applications of others call the same API for the same people?',
    help: 'Partners, plug-ins, integrations: anybody whose code is not yours.',
    options: [
      { id: 'no', text: 'No, only ours' },
      { id: 'yes', text: 'Yes, or soon' },
    ],
    when: ({ caller }) => caller === 'own-front-end',
  },
  {
    id: 'holder',
    asks: 'Where does that application run?',
    help: 'It decides whether the application can keep a secret.',
    options: [
      { id: 'server', text: 'On a server of theirs' },
      { id: 'public', text: 'In a browser or on a phone, without a server' },
      { id: 'device', text: 'On a device without browser or keyboard' },
      { id: 'fixed', text: 'In a tool that can hold one fixed key and nothing else' },
    ],
    when: ({ caller }) => caller === 'third-party',
  },
  {
    id: 'leaning',
    asks: 'Were you going to take OAuth, because it sounds safer?',
    help: 'Say so; nobody reads it.',
    options: [
      { id: 'no', text: 'No' },
      { id: 'oauth', text: 'Yes' },
    ],
    when: (answers) => isProgram(answers) || answers['cli'] === 'paste' || answers['others'] === 'no',
  },
]

/** What is asked next; nothing if the advice is clear. */
export function nextQuestion(answers: Answers): Question | undefined {
  return questions.find(({ id, when }) => answers[id] === undefined && when(answers))
}

/** The answers that count, in the order of their questions: an answer to what is not asked after the others is left out. */
export function answersThatCount(answers: Answers): Answers {
  let counted: Answers = {}
  for (const { id, options, when } of questions) {
    const given = answers[id]
    if (given === undefined || !when(counted)) continue
    if (options.some((option) => option.id === given)) counted = { ...counted, [id]: given }
  }
  return counted
}
