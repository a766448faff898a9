/**
 * `latchwork tour`: the three mechanisms and a refusal of each, against a server of its own, told request by request. Every step asserts what it tells; the exit code is 0 only
 * if all went as told.
 */
import { parseArgs } from 'node:util'
import { apiKeyChapter } from './api-key-chapter.ts'
import { Deviation } from './exchange.ts'
import { narrator } from './narrator.ts'
import { oauthChapter } from './oauth-chapter.ts'
import { newPerson } from './person.ts'
import { sessionChapter } from './session-chapter.ts'
import { openWorld } from './world.ts'

const HELP = `Usage: latchwork tour

Starts a server and a demo API of its own on free ports, walks through API keys, sessions and OAuth with a
refusal of each, and leaves nothing behind. Colours are used on a terminal; NO_COLOR=1 turns them off.

Example: latchwork tour
`

/** @returns the exit code: 0 if all went as told, 1 if not, 2 for a wrong argument. */
export async function runTour(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (asked !== 'tour') {
    ;(asked.code === 0 ? process.stdout : process.stderr).write(asked.text)
    return asked.code
  }
  const voice = narrator((line) => process.stdout.write(`${line}\n`))
  voice.title('A walk through Latchwork')
  voice.remark('A server and an API that it protects, on an empty database. Each line below is real.')
  const world = await openWorld()
  const interrupted = () => void world.close().finally(() => process.exit(130))
  process.once('SIGINT', interrupted)
  try {
    const person = newPerson()
    await apiKeyChapter(voice, world)
    await sessionChapter(voice, world, person)
    await oauthChapter(voice, world, person)
    voice.passed('All went as told.')
    return 0
  } catch (error) {
    voice.failed(error instanceof Deviation ? error.message : `The tour broke off: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    process.off('SIGINT', interrupted)
    await world.close()
  }
}

function readArguments(args: readonly string[]): 'tour' | { readonly code: 0 | 2; readonly text: string } {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h', default: false } } })
    return values.help ? { code: 0, text: HELP } : 'tour'
  } catch (error) {
    return { code: 2, text: `${error instanceof Error ? error.message : String(error)}\n\n${HELP}` }
  }
}
