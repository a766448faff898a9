/** `latchwork audit`: is it done right? Exit codes: 0 nothing at or above the risk asked for, 1 something, 2 it could not be done. */
import type { Command } from '../command.ts'
import { serverFlags } from '../server-call.ts'

export const auditCommand: Command = {
  name: 'audit',
  summary: 'Find mistakes: in this installation, in an authorization server, in a token, in source code.',
  moreOperands: 'PATH-OR-URL',
  flags: [
    { name: 'jwt', help: 'Look at a token, read from standard input.' },
    { name: 'token-file', value: 'FILE', help: 'With --jwt: where the token is.' },
    { name: 'jwks', value: 'FILE', help: 'With --jwt: the key set to check its signature with.' },
    { name: 'tests', help: 'Look at tests in source trees too; they do on purpose what must not be done.' },
    { name: 'config', value: 'FILE', help: 'The configuration of this installation; latchwork.config.ts is taken if it is there.' },
    ...serverFlags,
    { name: 'fail-on', value: 'RISK', help: 'End with 1 from this risk on: low, medium or high. Medium unless said otherwise.' },
    { name: 'format', value: 'FORMAT', help: 'text, json or sarif.' },
    { name: 'baseline', value: 'FILE', help: 'Leave out what this file knows.' },
    { name: 'write-baseline', value: 'FILE', help: 'Write down what is found as known, and end with 0.' },
    { name: 'rules', help: 'List the rules, and end.' },
  ],
  example: [
    'latchwork audit --root-key-file root.key',
    'latchwork audit src',
    'latchwork audit https://login.example.com',
    'latchwork audit --jwt --jwks jwks.json < token.txt',
    'latchwork audit src --format sarif > audit.sarif',
  ],
  more:
    'Without PATH or URL it looks at this installation: the configuration and, with a root key, what the running server has. An https URL is an issuer or its metadata. ' +
    'A comment `audit:allow RULE reason` on a line of code, or on the line before, leaves a finding out. Exit codes: 0 clean, 1 something was found, 2 it could not be done.',
  run: async (invocation) => (await import('../audit/run-audit.ts')).runAudit(invocation),
}
