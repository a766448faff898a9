/** Every generated page of the documentation: its path and its text. */
import { configurationReference } from '@latchwork/server/config'
import { eventsPage, refusalsPage } from './reference.ts'
import { requirementsPage } from './requirements.ts'

export function generatedPages(root: string): Readonly<Record<string, string>> {
  return {
    'docs/reference/configuration.md': configurationReference(),
    'docs/reference/events.md': eventsPage(),
    'docs/reference/refusals.md': refusalsPage(),
    'docs/requirements.md': requirementsPage(root),
  }
}
