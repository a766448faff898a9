/** How the installation looks from outside: one page asked for at its issuer, as a browser would, through whatever stands in front. */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { isLoopback, parseUrl } from '../address.ts'
import { limits } from '../limits.ts'

export interface FrontFacts {
  readonly address: string
  /** `Set-Cookie`, as it arrived; values are cut off, for they may be secrets. */
  readonly cookies: readonly string[]
  readonly strictTransportSecurity?: string
  readonly contentSecurityPolicy?: string
  readonly tls?: {
    /** Whether a client that speaks nothing newer than TLS 1.1 is let in. */
    readonly takesOldVersions: boolean
    /** Epoch milliseconds. */
    readonly certificateEndsAt: number
  }
}

/** The page that sets a cookie and is shown to everybody. */
const PAGE = '/login'

/**
 * @param issuer https, or http on this machine.
 * @returns why it could not be looked at, where it could not: the certificate is checked as a browser checks it.
 */
export async function lookAtFront(issuer: string): Promise<FrontFacts | string> {
  const url = parseUrl(issuer)
  if (url === undefined || (url.protocol !== 'https:' && !isLoopback(url))) return 'is no https address'
  const address = new URL(url.pathname.replace(/\/$/, '') + PAGE, url)
  try {
    const front = await askForPage(address)
    if (front.tls === undefined) return front
    return { ...front, tls: { ...front.tls, takesOldVersions: await takesOldVersions(address) } }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return `could not be asked (${code ?? message})`
  }
}

function askForPage(address: URL): Promise<FrontFacts> {
  const ask = address.protocol === 'https:' ? overHttps : overHttp
  return new Promise((done, fail) => {
    const asked = ask(address, { headers: { accept: 'text/html' }, agent: false, signal: AbortSignal.timeout(limits.documentMs) }, (answer) => {
      const { statusCode = 0, headers, socket } = answer
      const certificate = 'getPeerCertificate' in socket ? (socket as TLSSocket).getPeerCertificate() : undefined
      answer.destroy()
      if (statusCode !== 200) return fail(new Error(`answers ${statusCode}`))
      const { 'strict-transport-security': strict, 'content-security-policy': content } = headers
      done({
        address: address.href,
        cookies: (headers['set-cookie'] ?? []).map(withoutValue),
        ...(strict === undefined ? {} : { strictTransportSecurity: strict }),
        ...(typeof content === 'string' ? { contentSecurityPolicy: content } : {}),
        ...(certificate === undefined ? {} : { tls: { takesOldVersions: false, certificateEndsAt: Date.parse(certificate.valid_to) } }),
      })
    })
    asked.on('error', fail)
    asked.end()
  })
}

function withoutValue(cookie: string): string {
  return cookie.replace(/^([^=;]*)=[^;]*/, '$1=…')
}

/** A handshake that offers TLS 1.0 and 1.1 alone; nothing is sent after it. */
function takesOldVersions({ hostname, port }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((done) => {
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      servername: host,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      rejectUnauthorized: false, // audit:allow code/tls-verification-off it is only asked whether it would speak; nothing is believed or sent
    })
    const end = (speaks: boolean): void => {
      socket.destroy()
      done(speaks)
    }
    socket.setTimeout(limits.documentMs, () => end(false))
    socket.once('secureConnect', () => end(true))
    socket.once('error', () => end(false))
  })
}
