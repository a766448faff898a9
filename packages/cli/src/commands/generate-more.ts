/** `latchwork generate secret`, `passphrase`, `api-key`, `key-pair` and `pkce`: strong values, and how strong. */
import { BRAND_FORM, digestOf, type KeyKind, keyKinds, mintKey, Secret } from '@latchwork/kernel'
import type { Command, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { type Drawn, drawPassphrase, drawPkce, type SecretForm, secretForms } from '../generate/draw.ts'
import { type KeyFormat, type KeyPairAlgorithm, keyPairAlgorithms, keyText, makeKeyPair } from '../generate/key-pair.ts'
import { readWords } from '../generate/words.ts'
import { writeSecretFile } from '../secret-file.ts'
import { outFlag, showSecret } from './shown-secret.ts'

const MIN_BITS = 64
const MAX_BITS = 8192
const MAX_WORDS = 100

/** The choice of a flag. */
function chosen<T extends string>({ text }: Invocation, flag: string, known: readonly T[], usual: T): T {
  const given = text(flag) ?? usual
  const found = known.find((one) => one === given)
  if (found === undefined) throw new WrongUsage(`--${flag} ${JSON.stringify(given.slice(0, 40))} is not known.`, `Known here: ${known.join(', ')}.`)
  return found
}

function numberOf({ text }: Invocation, flag: string, usual: number, least: number, most: number): number {
  const given = text(flag)
  const number = given === undefined ? usual : Number(given)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new WrongUsage(`--${flag} is no number that can be taken.`, `Write a whole number, ${least} to ${most}.`)
}

const roundedDown = (bits: number): number => Math.floor(bits * 10) / 10

/** Into a file or onto the screen, its strength beside it. */
async function give(
  invocation: Invocation,
  { text, bits }: Drawn,
  facts: readonly string[] = [],
  answer: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const out = invocation.text('out')
  if (out !== undefined) await writeSecretFile(out, async () => ({ secret: new Secret(text), result: undefined }))
  const place = out === undefined ? [] : [`It is in ${out}.`]
  const told = { bits: roundedDown(bits), ...answer, ...(out === undefined ? {} : { secretFile: out }) }
  showSecret(invocation, out === undefined ? text : undefined, [...place, `${roundedDown(bits)} bits of entropy.`, ...facts], told)
  return 0
}

const secretCommand: Command = {
  name: 'generate secret',
  summary: 'Make a random secret of a given strength.',
  flags: [
    { name: 'bits', value: 'N', help: `How strong, ${MIN_BITS} to ${MAX_BITS}; 256 unless said otherwise.` },
    { name: 'form', value: 'FORM', help: `${Object.keys(secretForms).join(', ')}; base64url unless said otherwise.` },
    outFlag,
  ],
  example: ['latchwork generate secret', 'latchwork generate secret --bits 128 --form hex --out webhook.secret'],
  run: (invocation) => {
    const form = chosen(invocation, 'form', Object.keys(secretForms) as SecretForm[], 'base64url')
    return give(invocation, secretForms[form](numberOf(invocation, 'bits', 256, MIN_BITS, MAX_BITS)))
  },
}

const separators: Readonly<Record<string, string>> = { dash: '-', space: ' ', dot: '.' }

const passphraseCommand: Command = {
  name: 'generate passphrase',
  summary: "Make a passphrase of random words, from the EFF's large list.",
  flags: [
    { name: 'words', value: 'N', help: 'How many words, 4 to 100; 7 unless said otherwise (90 bits).' },
    { name: 'bits', value: 'N', help: 'As many words as give this strength.' },
    { name: 'separator', value: 'NAME', help: 'dash, space or dot; dash unless said otherwise.' },
    outFlag,
  ],
  example: ['latchwork generate passphrase', 'latchwork generate passphrase --bits 128 --separator space'],
  more: 'Each word is drawn from 7776, whatever the others are: 12.9 bits each. Take it as it comes: choosing among several makes it weaker.',
  run(invocation) {
    if (invocation.text('words') !== undefined && invocation.text('bits') !== undefined)
      throw new WrongUsage('--words and --bits say the same thing.', 'Give one of them.')
    const words = readWords()
    const separator = separators[chosen(invocation, 'separator', ['dash', 'space', 'dot'], 'dash')] ?? '-'
    const bits = invocation.text('bits') === undefined ? undefined : numberOf(invocation, 'bits', 0, 40, 1200)
    const count = bits === undefined ? numberOf(invocation, 'words', 7, 4, MAX_WORDS) : Math.ceil(bits / Math.log2(words.length))
    return give(invocation, drawPassphrase(words, count, separator), [`${count} words of ${words.length}.`], { words: count })
  },
}

const apiKeyCommand: Command = {
  name: 'generate api-key',
  summary: "Make a key in the form of Latchwork's API keys, and its digest.",
  flags: [
    { name: 'kind', value: 'KIND', help: `${Object.keys(keyKinds).join(', ')}; sk unless said otherwise.` },
    { name: 'environment', value: 'ENVIRONMENT', help: 'live or test; test unless said otherwise.' },
    { name: 'brand', value: 'BRAND', help: 'As keys.brand in the configuration; lw unless said otherwise.' },
    outFlag,
  ],
  example: ['latchwork generate api-key --environment live --brand acme --out acme.key'],
  more: 'No server knows it yet: hand its digest to `latchwork keys import`. To have one made by a server, write `latchwork keys create`.',
  run(invocation) {
    const kind = chosen(invocation, 'kind', Object.keys(keyKinds) as KeyKind[], 'sk')
    const environment = chosen(invocation, 'environment', ['live', 'test'], 'test')
    const brand = invocation.text('brand') ?? 'lw'
    if (!BRAND_FORM.test(brand)) throw new WrongUsage('--brand is no brand.', 'A brand is 2 to 6 small letters and digits.')
    const text = mintKey(kind, environment, brand).reveal()
    const digest = digestOf(text)
    return give(invocation, { text, bits: 256 }, ['Its digest, for an import:', digest], { digest })
  },
}

const keyPairCommand: Command = {
  name: 'generate key-pair',
  summary: 'Make a key pair for signatures, as JWK or PEM.',
  flags: [
    { name: 'alg', value: 'ALG', help: `${keyPairAlgorithms.join(', ')}; ES256 unless said otherwise.` },
    { name: 'format', value: 'FORMAT', help: 'jwk or pem; jwk unless said otherwise.' },
    { name: 'out', value: 'FILE', help: 'Write the private key there, for its owner alone (mode 600); the public key goes to standard output.' },
    { name: 'show-secrets', help: 'Show the private key on the terminal.' },
  ],
  example: ['latchwork generate key-pair --out client.jwk', 'latchwork generate key-pair --alg RS256 --format pem --out client.pem'],
  more: 'The kid is the thumbprint of RFC 7638. RSA keys have 3072 bits. Without --out the private key goes to standard output, if that is no terminal.',
  run: runKeyPair,
}

async function runKeyPair(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson, isOn, text } = invocation
  const algorithm = chosen<KeyPairAlgorithm>(invocation, 'alg', keyPairAlgorithms, 'ES256')
  const format = chosen<KeyFormat>(invocation, 'format', ['jwk', 'pem'], 'jwk')
  const out = text('out')
  if (out === undefined && terminal.isOutTerminal === true && !isOn('show-secrets'))
    throw new WrongUsage('The private key would be shown on the terminal.', 'Write it into a file with --out FILE, or say --show-secrets.')
  const pair = await makeKeyPair(algorithm)
  const [privateText, publicText] = [keyText(pair, 'private', format), keyText(pair, 'public', format)]
  if (out !== undefined) await writeSecretFile(out, async () => ({ secret: new Secret(privateText), result: undefined }))
  const half = (text: string): unknown => (format === 'jwk' ? JSON.parse(text) : text)
  const answer = { kid: pair.kid, alg: algorithm, public: half(publicText), ...(out === undefined ? { private: half(privateText) } : { privateFile: out }) }
  if (wantsJson) terminal.out(JSON.stringify(answer))
  else {
    terminal.err(out === undefined ? 'The private key; its public half comes with --out or --json.' : `The private key is in ${out}. The public key:`)
    terminal.out(out === undefined ? privateText : publicText)
  }
  return 0
}

const pkceCommand: Command = {
  name: 'generate pkce',
  summary: 'Make a PKCE verifier and its challenge, for trying a code flow by hand.',
  flags: [],
  example: ['latchwork generate pkce'],
  more: 'The challenge goes into the authorization request, with code_challenge_method=S256; the verifier into the token request (RFC 7636).',
  async run({ terminal, wantsJson }) {
    const { verifier, challenge } = drawPkce()
    const answer = { code_verifier: verifier, code_challenge: challenge, code_challenge_method: 'S256' }
    terminal.out(
      wantsJson
        ? JSON.stringify(answer)
        : Object.entries(answer)
            .map(([name, value]) => `${name}=${value}`)
            .join('\n'),
    )
    return 0
  },
}

export const moreGenerateCommands: readonly Command[] = [secretCommand, passphraseCommand, apiKeyCommand, keyPairCommand, pkceCommand]
