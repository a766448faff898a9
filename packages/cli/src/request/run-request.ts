/** Sends the request that the flags describe, with the chosen credential, and shows what came of it. */
import { resolve } from 'node:path'
import { type Credential, checkAddress, credentialOf, type Exchange, explain, type RequestToSend, send } from '@latchwork/client'
import type { Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { writeOwnFile } from '../secret-file.ts'
import { bodyOf, headersOf } from './body-of.ts'
import { asJson, showBody, showHeads, showReason } from './show.ts'
import { storeOf } from './store-of.ts'

const METHOD = /^[A-Za-z]{1,20}$/
const MAX_TIMEOUT_SECONDS = 3600

export async function runRequest(invocation: Invocation): Promise<number> {
  const { terminal, operands, isOn, wantsJson, text } = invocation
  const [method = '', address = ''] = operands
  if (!METHOD.test(method)) throw new WrongUsage('That is no method.', 'Write: latchwork request GET https://api.example.com/')
  if (/^(connect|trace|track)$/i.test(method)) throw new WrongUsage(`${method.toUpperCase()} cannot be sent from here.`, 'Use another method.')
  const body = await bodyOf(invocation)
  if (body !== undefined && /^(get|head)$/i.test(method))
    throw new WrongUsage(`${method.toUpperCase()} takes no body.`, 'Use POST, PUT or PATCH, or leave --data and --form out.')
  const given = await headersOf(invocation)
  const hasType = body === undefined || given.some(([name]) => name.toLowerCase() === 'content-type')
  const url = checkAddress(address)
  const request = {
    method: method.toUpperCase(),
    url,
    headers: hasType ? given : [...given, ['content-type', body.contentType] as const],
    follows: isOn('follow'),
    timeoutMs: timeoutOf(text('timeout')),
    ...(body === undefined ? {} : { body: body.bytes }),
  }
  const credential = await chosenCredential(invocation)
  const out = text('out')
  const exchange = out === undefined ? await send(request, credential) : await sendInto(resolve(terminal.cwd, out), request, credential)
  const explanation = explain(exchange)
  const options = { showsSecrets: isOn('show-secrets') }
  if (wantsJson) terminal.out(JSON.stringify(asJson(exchange, explanation, options)))
  else {
    showHeads(terminal, exchange, options)
    if (out === undefined) showBody(terminal, exchange, options)
    if (explanation !== undefined) showReason(terminal, explanation)
  }
  return explanation === undefined ? 0 : 1
}

/** The place is taken before anything is sent: what cannot be kept is not asked for. */
function sendInto(path: string, request: RequestToSend, credential: Credential | undefined): Promise<Exchange> {
  return writeOwnFile(path, async () => {
    const exchange = await send(request, credential)
    return { bytes: exchange.body, result: exchange }
  })
}

async function chosenCredential({ text, terminal }: Invocation): Promise<Credential | undefined> {
  const name = text('profile') ?? terminal.env['LATCHWORK_PROFILE']
  return name ? credentialOf(await storeOf(terminal), name, Date.now) : undefined
}

function timeoutOf(given: string | undefined): number {
  const seconds = given === undefined ? 30 : Number(given)
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds * 1000
  throw new WrongUsage('--timeout is no number of seconds.', `Write a whole number, 1 to ${MAX_TIMEOUT_SECONDS}.`)
}
