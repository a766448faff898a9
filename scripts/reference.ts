/** The pages of `docs/reference` that come from the kernel's closed tables. */
import { eventTypes, type RefusalCode, refusals } from '@latchwork/kernel'

export function refusalsPage(): string {
  const codes = Object.keys(refusals) as RefusalCode[]
  return `# Refusals

<!-- Made from packages/kernel/src/refusal.ts by \`npm run docs\`. -->

Every way Latchwork says no. Elsewhere than at the OAuth endpoints a refusal is problem+json (RFC 9457) with the \`code\` below, and its \`type\` opens the same page at the
server; at the OAuth endpoints it is told as the OAuth error (RFC 6749 §5.2). \`detail\` may say more than the sentence here. Programs look at \`code\`, or at \`error\`, and never at sentences.
${codes.map(refusalSection).join('')}`
}

function refusalSection(code: RefusalCode): string {
  const { status, oauth, title, mend } = refusals[code]
  return `
## \`${code}\`

**${title}** · status ${status} · OAuth error \`${oauth}\`

${mend}
`
}

export function eventsPage(): string {
  const rows = Object.entries(eventTypes).map(([type, says]) => `| \`${type}\` | ${says} |`)
  return `# Events

<!-- Made from packages/kernel/src/event.ts by \`npm run docs\`. -->

What is written down about what happened, in the same act as the change itself. An event names credentials by id and fingerprint and never holds one.

| type | what happened |
| --- | --- |
${rows.join('\n')}
`
}
