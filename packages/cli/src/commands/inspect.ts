/** `latchwork inspect`: what a token is and says. Exit codes: 0 looked at, and every check that was asked for passed; 1 one failed; 2 called wrongly. */
import type { Command } from '../command.ts'

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Say what a token, key or cookie is, what it says, and what is wrong with it.',
  moreOperands: 'FILE',
  flags: [
    { name: 'jwks', value: 'FILE-OR-URL', help: 'Verify the signature with one of these keys. An address is the one thing that is ever fetched.' },
    { name: 'key', value: 'FILE', help: 'Verify the signature with this public key or certificate: PEM or JWK.' },
    { name: 'secret-file', value: 'FILE', help: 'Verify the signature (HS256 and its like) with the secret in this file.' },
    { name: 'issuer', value: 'ISSUER', help: 'Check that it is of this issuer.' },
    { name: 'audience', value: 'AUDIENCE', help: 'Check that it is for this audience.' },
  ],
  example: ['latchwork inspect token.txt', 'pbpaste | latchwork inspect', 'latchwork inspect token.txt --jwks https://auth.example.com/jwks'],
  more:
    'The token is read from FILE, from standard input, or asked for. Nothing leaves this machine. It knows JWS and JWE, Latchwork’s keys and tokens, and Set-Cookie and Cookie lines. ' +
    'Exit codes: 0 looked at, and every check that was asked for passed; 1 one failed; 2 called wrongly.',
  async run(invocation) {
    const [{ tellingFailures }, { runInspect }] = await Promise.all([import('../request/request-failure.ts'), import('../inspect/run-inspect.ts')])
    return tellingFailures(() => runInspect(invocation))
  },
}
