/** Asks for a secret at the keyboard: nothing of it is shown, not even its length. */
const [CTRL_C, CTRL_D, CTRL_U, BACKSPACE, DELETE] = ['\x03', '\x04', '\x15', '\b', '\x7f']
const INTERRUPTED = 130

/** Ctrl-C ends the command, as it does everywhere. */
export function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process
  stdin.setRawMode(true).setEncoding('utf8').resume() // before the question: whoever answers at once is not shown either
  stderr.write(question)
  return new Promise((resolve) => {
    let typed: readonly string[] = []
    const end = (): void => {
      stdin.setRawMode(false).pause().off('data', read)
      stderr.write('\n')
    }
    const read = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n' || character === CTRL_D) {
          end()
          resolve(typed.join(''))
          return
        }
        if (character === CTRL_C) {
          end()
          process.exit(INTERRUPTED)
        }
        typed = edited(typed, character)
      }
    }
    stdin.on('data', read)
  })
}

function edited(typed: readonly string[], character: string): readonly string[] {
  if (character === CTRL_U) return []
  return character === BACKSPACE || character === DELETE ? typed.slice(0, -1) : [...typed, character]
}
