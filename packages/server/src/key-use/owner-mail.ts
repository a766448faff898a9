/**
 * Tells the owner of a leaked credential, by mail (K15): the person it stands for, or who owns the account or the application it belongs to. Whose it is, is asked when the mail is
 * sent, so that no address stands in the outbox. Where it was found is not in the mail: that is what a stranger said.
 */
import type { Alert } from '@latchwork/api-keys'
import type { Secret } from '@latchwork/kernel'
import type { Store } from '@latchwork/store'
import type { Alerts } from './alerts.ts'
import { openMailTransport, plainText } from './mail.ts'

export interface OwnerMailParts {
  readonly smtpUrl: Secret
  readonly from: string
  /** The public address of this server, for the text. */
  readonly issuer: string
  readonly store: Pick<Store, 'accounts' | 'oauth'>
}

const MOST_OWNERS = 20

export async function ownerMail({ smtpUrl, from, issuer, store }: OwnerMailParts): Promise<Alerts> {
  const transport = await openMailTransport(smtpUrl)
  const { hostname } = new URL(issuer)
  return {
    async deliver({ id, alert }) {
      const addresses = await ownersOf(store, alert)
      // One mail each: owners need not know one another.
      for (const [index, to] of addresses.entries())
        await transport.sendMail({ from, to, subject: subjectOf(alert), text: textOf(alert, issuer), messageId: `<${id}.${index}@${hostname}>` })
      return addresses.length === 0 ? 'there is nobody whose address is known' : `taken for ${addresses.length} of its owners`
    },
    close: () => transport.close(),
  }
}

async function ownersOf({ accounts, oauth }: OwnerMailParts['store'], { userId, accountId, clientId }: Alert): Promise<readonly string[]> {
  const client = userId === undefined && clientId !== undefined ? (await oauth.findClient(clientId))?.client : undefined
  const personId = userId ?? client?.ownerId
  const person = personId === undefined ? undefined : await accounts.findUser(personId)
  if (person !== undefined) return [person.email]
  const account = client?.accountId ?? (accountId === '-' ? undefined : accountId)
  if (account === undefined) return []
  const { items } = await accounts.listMembers(account, { limit: MOST_OWNERS })
  return items.filter(({ role }) => role === 'owner').map(({ email }) => email)
}

const subjectOf = ({ keyName, fingerprint, message }: Alert): string => plainText(`${message}: ${keyName} (${fingerprint})`)

function textOf({ keyName, fingerprint, environment, keyId, message, at, userId, clientId }: Alert, issuer: string): string {
  return [
    `Somebody who holds a credential of yours for ${issuer} reported it.`,
    '',
    `${message}.`,
    '',
    `Which:  ${plainText(keyName)} (${fingerprint}, ${environment})`,
    `Id:     ${keyId}`,
    `When:   ${new Date(at).toISOString()}`,
    '',
    userId === undefined
      ? 'Replace it wherever it is used, and find the place it leaked from: a repository, a log, a page.'
      : `What you have there, and where you are signed in: ${issuer}/account`,
    ...(userId === undefined || clientId === undefined ? [] : [`Which applications may act for you: ${issuer}/account/applications`]),
    `Whoever runs ${issuer} can say where it was found, and what was done with it.`,
  ].join('\n')
}
