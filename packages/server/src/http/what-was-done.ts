/** What a form has just done, told by the page that it leads back to: a word of a closed set, in the address. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathWith } from '../pages/index.ts'
import { queryOf } from './parse-form.ts'
import { seeOther } from './send-page.ts'

const SENTENCES = {
  device_signed_out: 'That device is signed out.',
  others_signed_out: 'You are signed out everywhere else.',
  application_taken_back: 'The application may no longer act for you.',
  token_revoked: 'The token is revoked.',
  key_revoked: 'The key is revoked.',
} as const

export function seeDone(reply: FastifyReply, path: string, done: keyof typeof SENTENCES): FastifyReply {
  return seeOther(reply, pathWith(path, { done }))
}

/** Only for who comes from a page of ours (Fetch Metadata, Sec-Fetch-Site): no link from elsewhere makes a page say that something was done. */
export function noticeOf(request: FastifyRequest): { readonly notice?: string } {
  const done = queryOf(request).get('done') ?? ''
  const isKnown = (word: string): word is keyof typeof SENTENCES => Object.hasOwn(SENTENCES, word)
  return request.headers['sec-fetch-site'] === 'same-origin' && isKnown(done) ? { notice: SENTENCES[done] } : {}
}
