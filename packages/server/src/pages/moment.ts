/** Points in time, as people read them: in UTC, because a page without script does not know where its reader is. */
import { type Html, html } from './html.ts'

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** @param at Epoch milliseconds. */
export function moment(at: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${FORMAT.format(at)} UTC</time>`
}
