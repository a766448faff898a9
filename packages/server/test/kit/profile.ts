/** People with all that OpenID Connect Core §5.1 knows of people. */
import assert from 'node:assert/strict'
import type { Answer, Latchwork } from './start-latchwork.ts'

export const wholeProfile = {
  given_name: 'Ada',
  family_name: 'Lovelace',
  middle_name: 'King',
  nickname: 'Countess',
  preferred_username: 'ada',
  profile: 'https://example.com/ada',
  picture: 'https://example.com/ada.png',
  website: 'https://ada.example',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  address: { street_address: '12 St James’s Square', locality: 'London', country: 'UK' },
  phone_number: '+14255551212',
  phone_number_verified: true,
}

export async function idOfPerson(latchwork: Latchwork, email: string): Promise<string> {
  const { body } = await latchwork.call('GET', `/v1/people?email=${encodeURIComponent(email)}`, { bearer: latchwork.rootKey })
  return body.items[0]?.id ?? assert.fail(`a person with the address ${email}`)
}

export function changePerson(latchwork: Latchwork, userId: string, body: unknown, bearer = latchwork.rootKey): Promise<Answer> {
  return latchwork.call('PATCH', `/v1/people/${userId}`, { bearer, body })
}

export async function fillProfile(latchwork: Latchwork, email: string, profile: object = wholeProfile): Promise<Answer> {
  const answer = await changePerson(latchwork, await idOfPerson(latchwork, email), { profile })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer
}
