/** Mail over SMTP: encrypted, except to this machine. */
import type { Secret } from '@latchwork/kernel'
import { isLoopbackHost } from '../config/option-checks.ts'

const TIMEOUT_MS = 15_000

/**
 * The library is loaded where mail is configured: it is heavy, and most of it are tables.
 * @param smtpUrl `smtp://` (upgraded by STARTTLS) or `smtps://`, with user and password if the server wants them.
 */
export async function openMailTransport(smtpUrl: Secret) {
  const { createTransport } = await import('nodemailer')
  const { hostname, port, protocol, username, password } = new URL(smtpUrl.reveal())
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const isLocal = isLoopbackHost(host)
  const secure = protocol === 'smtps:'
  return createTransport({
    host,
    port: Number(port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !isLocal,
    ignoreTLS: !secure && isLocal,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** Names are their makers' words. */
export function plainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}
