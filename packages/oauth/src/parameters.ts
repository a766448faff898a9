/** Parameters of an OAuth request, from a query or a form: each at most once (RFC 6749 §3.1), empty ones as if not sent, unknown ones ignored. */
import { refuse } from '@latchwork/kernel'

export interface Parameters {
  /** The value; `undefined` if it was not sent or is empty. @throws Refusal `parameter_repeated`. */
  readonly one: (name: string) => string | undefined
  /** As `one`, but refuses when missing. @throws Refusal `parameter_missing`, `parameter_repeated`. */
  readonly required: (name: string) => string
  /** All values of a parameter that may be repeated (`resource`, RFC 8707 §2). */
  readonly all: (name: string) => readonly string[]
}

export function parametersOf(sent: URLSearchParams): Parameters {
  const one = (name: string): string | undefined => {
    const values = sent.getAll(name)
    if (values.length > 1) return refuse('parameter_repeated', { detail: `${name} was sent ${values.length} times; send it once (RFC 6749 §3.1).` })
    return values[0] === '' ? undefined : values[0]
  }
  return {
    one,
    required: (name) => one(name) ?? refuse('parameter_missing', { detail: `${name} is required.` }),
    all: (name) => sent.getAll(name).filter((value) => value !== ''),
  }
}
