/** A form that makes one thing, however often it is sent: loaded again, or its button pressed twice. */
import { digestOf } from '@latchwork/kernel'

/** For the person whose form made something and was then changed and sent once more. */
export const FORM_USED = 'This form was sent before, and the key it made is in the list. Send it again to make another.'

/**
 * The name of the call that this very form makes: its form token, which no other form has. The space in it keeps it apart from every `Idempotency-Key`.
 * @param purpose what the form makes, where a page has several.
 */
export function callNameOfForm(form: URLSearchParams, purpose: string): { readonly key: string; readonly request: string } {
  const fields = [...form].filter(([name]) => name !== 'form_token')
  return { key: `form ${purpose} ${digestOf(form.get('form_token') ?? '')}`, request: JSON.stringify(fields) }
}
