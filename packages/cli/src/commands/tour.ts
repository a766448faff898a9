/** `latchwork tour`: the three mechanisms at work, told step by step. */
import type { Command } from '../command.ts'

export const tourCommand: Command = {
  name: 'tour',
  summary: 'See the three mechanisms work, and refuse, against a server of its own.',
  takesRest: true,
  flags: [],
  example: ['latchwork tour'],
  async run({ operands }) {
    const { runTour } = await import('../tour/index.ts')
    return runTour(operands)
  },
}
