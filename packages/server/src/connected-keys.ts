/** `oauth` asks for a key for a connected account, `api-keys` makes it, `accounts` says whose account it belongs to (K17). */
import type { AccountsStore } from '@latchwork/accounts'
import { type ApiKeys, mintConnectedKey } from '@latchwork/api-keys'
import { refuse } from '@latchwork/kernel'
import type { OAuth } from '@latchwork/oauth'

export function connectedKeys(apiKeys: ApiKeys, accounts: Pick<AccountsStore, 'findUser'>): OAuth['mintConnectedKey'] & object {
  return async (wish, now) => {
    const user = (await accounts.findUser(wish.userId)) ?? refuse('code_unknown', { reason: 'the person is gone', about: { userId: wish.userId } })
    return mintConnectedKey(apiKeys, { ...wish, accountId: user.accountId }, now)
  }
}
