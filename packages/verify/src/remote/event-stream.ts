/** Reads server-sent events (WHATWG HTML §9.2.6) from text as it comes in. */

export interface ServerSentEvent {
  readonly type: string
  readonly data: string
}

/** One event of ours is a few hundred bytes: an endless line is not one. */
const MAX_EVENT_LENGTH = 64 * 1024

/** Returns the function to hand each piece of text to. @throws Error when an event grows beyond 64 KiB. */
export function readEventStream(onEvent: (event: ServerSentEvent) => void): (text: string) => void {
  let rest = ''
  let type = 'message'
  let data: string[] = []
  const takeLine = (line: string) => {
    if (line === '') {
      if (data.length > 0) onEvent({ type, data: data.join('\n') })
      type = 'message'
      data = []
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') type = value
    if (field === 'data') data.push(value)
  }
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/) // a lone CR at the end may be half of a CRLF
    rest = lines.pop() ?? ''
    for (const line of lines) takeLine(line)
    if (rest.length + data.reduce((length, piece) => length + piece.length, 0) > MAX_EVENT_LENGTH) throw new Error('an event is too long')
  }
}
