/** Calls to paste after a key was made: the key's own id and this server's address stand in them, secrets do not. */
import type { ApiKey } from '@latchwork/api-keys'
import { type Static, Type } from '../../json-schema.ts'

const Snippet = (description: string) => Type.String({ description })

export const Snippets = Type.Object(
  {
    verify: Snippet('Ask whether the key may do something; $KEY is the key, $LATCHWORK_ROOT_KEY a root key with credentials:verify.'),
    roll: Snippet('Put a new key in its place.'),
    revoke: Snippet('End it at once.'),
  },
  { title: 'KeySnippets', description: 'For a POSIX shell, ready to paste.' },
)

export function snippetsOf(issuer: string, { id }: Pick<ApiKey, 'id'>): Static<typeof Snippets> {
  const here = `--server ${issuer} --root-key-file root.key`
  return {
    verify: `curl ${issuer}/v1/keys/verify -H "Authorization: Bearer $LATCHWORK_ROOT_KEY" -H 'Content-Type: application/json' -d "{\\"key\\":\\"$KEY\\"}"`,
    roll: `latchwork keys roll ${id} ${here} --out new.key`,
    revoke: `latchwork keys revoke ${id} ${here}`,
  }
}
