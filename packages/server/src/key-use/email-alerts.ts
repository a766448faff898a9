/** Alerts by e-mail, over SMTP: encrypted, except to this machine. */
import type { Secret } from '@latchwork/kernel'
import { createTransport } from 'nodemailer'
import { isLoopbackHost } from '../config/option-checks.ts'
import { type Alerts, wireOf } from './alerts.ts'

export interface EmailTarget {
  /** `smtp://` (upgraded by STARTTLS) or `smtps://`, with user and password if the server wants them. */
  readonly smtpUrl: Secret
  readonly from: string
  readonly to: readonly string[]
  /** The public address of this server, for the text. */
  readonly issuer: string
}

const TIMEOUT_MS = 15_000

export function emailAlerts({ smtpUrl, from, to, issuer }: EmailTarget): Alerts {
  const { hostname, port, protocol, username, password } = new URL(smtpUrl.reveal())
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const isLocal = isLoopbackHost(host)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
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
  return {
    async deliver(delivery) {
      const { key, message, at, kind } = wireOf(delivery)
      const { rejected } = await transport.sendMail({
        from,
        to: [...to],
        subject: `Key ${key.fingerprint}: ${message}`,
        text: [
          `${message}.`,
          '',
          `Key:      ${plain(key.name)} (${key.fingerprint}, ${key.environment})`,
          `Id:       ${key.id}`,
          `Account:  ${key.accountId}`,
          `When:     ${at}`,
          `Kind:     ${kind}`,
          '',
          ...adviceFor(kind, key.id, `--server ${issuer} --root-key-file FILE`),
        ].join('\n'),
        messageId: `<${delivery.id}@${new URL(issuer).hostname}>`, // a second copy is seen to be one
      })
      if (rejected.length > 0) throw new Error(`${rejected.length} of ${to.length} addresses were not taken`)
      return `taken for ${to.length} ${to.length === 1 ? 'address' : 'addresses'}`
    },
    close: () => transport.close(),
  }
}

/** Lines that can be pasted. @param flags which server, and whose key. */
function adviceFor(kind: string, id: string, flags: string): readonly string[] {
  if (kind === 'leaked') return ['Where it was found, and what was done:', `  latchwork events list --credential ${id} ${flags}`]
  if (kind.startsWith('rotation_')) return ['What was tried, and when it is tried again:', `  latchwork keys rotation show ${id} ${flags}`]
  return [
    'If this was not you or your customer, revoke the key:',
    `  latchwork keys revoke ${id} ${flags}`,
    'How it is used:',
    `  latchwork keys use ${id} ${flags}`,
  ]
}

/** Names of keys are their makers' words. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}
