/**
 * Code that runs as it is printed, with a few variables of the environment: `LATCHWORK_URL`, `LATCHWORK_ROOT_KEY` (scopes `credentials:verify` and `revocations:read`),
 * `API` (the identifier of your API) and `CREDENTIAL` (what a caller presents). Each prints who calls, and ends with an error if it is refused.
 */
import type { SnippetKind } from './outcome.ts'

export interface Snippets {
  readonly node: string
  readonly python: string
  readonly curl: string
}

/** One verifier for keys, sessions and OAuth tokens alike. */
const node = `import { createServer } from 'node:http'
import { createVerifier, protect } from '@latchwork/verify'

const { LATCHWORK_URL, LATCHWORK_ROOT_KEY, API, PORT = '3000' } = process.env
const verifier = createVerifier({
  issuer: LATCHWORK_URL,
  audience: API,
  rootKey: LATCHWORK_ROOT_KEY,
  development: LATCHWORK_URL.startsWith('http://localhost'),
})

createServer(
  protect(verifier, { scopes: ['notes:read'] }, (request, response, caller) => {
    response.end(JSON.stringify({ subject: caller.subject, scopes: caller.scopes }))
  }),
).listen(Number(PORT), 'localhost')
`

const keyPython = `import os

import httpx

answer = httpx.post(
    f"{os.environ['LATCHWORK_URL']}/v1/keys/verify",
    headers={"Authorization": f"Bearer {os.environ['LATCHWORK_ROOT_KEY']}"},
    json={"key": os.environ["CREDENTIAL"], "scopes": ["notes:read"]},
    timeout=5,
)
answer.raise_for_status()
key = answer.json()
if not key["valid"]:
    raise SystemExit(f"refused: {key['code']}")
print(key["keyId"], key["scopes"])
`

/** What is secret goes to curl by its standard input: arguments stand in the process list. */
const keyCurl = `curl -sS --fail-with-body "$LATCHWORK_URL/v1/keys/verify" --config - <<END
header = "Authorization: Bearer $LATCHWORK_ROOT_KEY"
header = "Content-Type: application/json"
data = "{\\"key\\": \\"$CREDENTIAL\\", \\"scopes\\": [\\"notes:read\\"]}"
END
`

const signedPython = (type: string) => `import os

import httpx
import jwt

issuer = os.environ["LATCHWORK_URL"]
token = os.environ["CREDENTIAL"]
metadata = httpx.get(f"{issuer}/.well-known/oauth-authorization-server", timeout=5).raise_for_status().json()
key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
claims = jwt.decode(
    token,
    key,
    algorithms=["ES256"],  # never the one the token names
    issuer=issuer,
    audience=os.environ["API"],
    options={"require": ["exp", "iat", "iss", "aud", "sub"]},
)
if jwt.get_unverified_header(token).get("typ") != "${type}":
    raise SystemExit("refused: a token of another kind")
print(claims["sub"])
`

const introspectPython = `import os

import httpx

answer = httpx.post(
    f"{os.environ['LATCHWORK_URL']}/introspect",
    headers={"Authorization": f"Bearer {os.environ['LATCHWORK_ROOT_KEY']}"},
    data={"token": os.environ["CREDENTIAL"]},
    timeout=5,
)
answer.raise_for_status()
token = answer.json()
audience = [token["aud"]] if isinstance(token.get("aud"), str) else token.get("aud", [])
if not token["active"] or os.environ["API"] not in audience:
    raise SystemExit("refused: not alive, or not for this API")
print(token["sub"], token["scope"])
`

const introspectCurl = `curl -sS --fail-with-body "$LATCHWORK_URL/introspect" --config - <<END
header = "Authorization: Bearer $LATCHWORK_ROOT_KEY"
data-urlencode = "token=$CREDENTIAL"
END
`

/** A self-contained token needs nobody to be asked: curl shows the call that carries it. */
const callCurl = `curl -sS --fail-with-body "$NOTES_URL" --config - <<END
header = "Authorization: Bearer $CREDENTIAL"
END
`

const kinds: Readonly<Record<SnippetKind, Snippets>> = {
  key: { node, python: keyPython, curl: keyCurl },
  'own-token': { node, python: signedPython('session+jwt'), curl: callCurl },
  'signed-token': { node, python: signedPython('at+jwt'), curl: introspectCurl },
  'opaque-token': { node, python: introspectPython, curl: introspectCurl },
}

export function snippetsFor(kind: SnippetKind): Snippets {
  return kinds[kind]
}
