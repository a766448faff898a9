/** The newest seal as a word that an operator keeps elsewhere: number and value. It vouches for all that stands before it. */
import { refuse } from '@latchwork/kernel'
import type { ChainPlace } from './store.ts'

export type Head = Pick<ChainPlace, 'number' | 'value'>

const FORM = /^([1-9]\d{0,15})\.([A-Za-z0-9_-]{43})$/

export function headText({ number, value }: Head): string {
  return `${number}.${value}`
}

/** @throws Refusal `request_malformed`. */
export function parseHead(text: string): Head {
  const [, number, value] = FORM.exec(text) ?? []
  if (number === undefined || value === undefined || !Number.isSafeInteger(Number(number)))
    return refuse('request_malformed', {
      detail: 'A head is a number, a full stop and 43 characters, as the check of the chain and the log of the server tell it.',
    })
  return { number: Number(number), value }
}
