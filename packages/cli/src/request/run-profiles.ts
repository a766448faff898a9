/** Logins, profiles, logouts. */
import { setTimeout as wait } from 'node:timers/promises'
import { type ListedProfile, type LoginTalk, login, logout, profileTypes } from '@latchwork/client'
import type { Invocation } from '../command.ts'
import { printable } from '../printable.ts'
import { table } from '../terminal.ts'
import { openBrowser } from './open-browser.ts'
import { storeOf } from './store-of.ts'
import { wishOf } from './wish-of.ts'

export async function runLogin(invocation: Invocation): Promise<number> {
  const { terminal, operands, isOn, wantsJson } = invocation
  const wish = await wishOf(invocation, operands[0] ?? '')
  const profile = await login(await storeOf(terminal), wish, talkOf(invocation), isOn('replace'))
  if (wantsJson) terminal.out(JSON.stringify({ profile }))
  else terminal.err(`Logged in: ${profile.name} (${profileTypes[profile.type]}), for ${profile.origins.join(', ')}.`)
  return 0
}

function talkOf({ terminal }: Invocation): LoginTalk {
  return { say: (text) => terminal.err(printable(text)), openBrowser: (url) => openBrowser(terminal, url), wait, now: Date.now }
}

export async function runProfiles({ terminal, wantsJson }: Invocation): Promise<number> {
  const { profiles, damaged } = (await storeOf(terminal)).list()
  if (wantsJson) terminal.out(JSON.stringify({ profiles, damaged }))
  for (const name of damaged) terminal.err(`${name}.json is not what was written: log in again with --replace, or remove it.`)
  if (!wantsJson && profiles.length === 0) terminal.err('There is no profile yet: `latchwork request login` makes one.')
  else if (!wantsJson) terminal.out(table(['NAME', 'TYPE', 'SEALED BY', 'FOR'], profiles.map(rowOf)))
  return 0
}

const rowOf = ({ name, type, sealedBy, origins, dpop }: ListedProfile): readonly string[] => [name, dpop ? `${type}, bound` : type, sealedBy, origins.join(' ')]

export async function runLogout({ terminal, operands, wantsJson }: Invocation): Promise<number> {
  const [name = ''] = operands
  const ended = await logout(await storeOf(terminal), name)
  if (wantsJson) terminal.out(JSON.stringify(ended))
  else
    terminal.err(
      ended.revoked ? `${name} is ended, here and at the server.` : `${name} is forgotten here. At the server it was not ended: ${printable(ended.why ?? '')}.`,
    )
  return 0
}
