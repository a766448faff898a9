/** Opens an address in the person's browser: `BROWSER` where it is set (`none`: in none), else what the system uses. No shell sees the address. */
import { spawn } from 'node:child_process'
import type { Terminal } from '../terminal.ts'

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Fails silently: the address is on the screen as well. */
export function openBrowser({ env }: Terminal, url: string): void {
  if (env['BROWSER'] === 'none' || !/^https?:\/\//.test(url)) return
  const [command, ...before] = env['BROWSER'] ? [env['BROWSER']] : (openers[process.platform] ?? ['xdg-open'])
  const child = spawn(command, [...before, url], { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
}
