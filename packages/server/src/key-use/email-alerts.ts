/** Alerts by e-mail to whoever runs the server. */
import type { Secret } from '@latchwork/kernel'
import { type Alerts, wireOf } from './alerts.ts'
import { openMailTransport, plainText } from './mail.ts'

export interface EmailTarget {
  /** `smtp://` (upgraded by STARTTLS) or `smtps://`, with user and password if the server wants them. */
  readonly smtpUrl: Secret
  readonly from: string
  readonly to: readonly string[]
  /** The public address of this server, for the text. */
  readonly issuer: string
}

export async function emailAlerts({ smtpUrl, from, to, issuer }: EmailTarget): Promise<Alerts> {
  const transport = await openMailTransport(smtpUrl)
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
          `Key:      ${plainText(key.name)} (${key.fingerprint}, ${key.environment})`,
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
