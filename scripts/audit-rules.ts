/** The page of every rule of `latchwork audit`. */
import { allRules, type RuleText, type subjects } from '@latchwork/audit'

const titles: Readonly<Record<(typeof subjects)[number], string>> = {
  installation: 'This installation',
  server: 'An authorization server, by its metadata',
  token: 'A token',
  code: 'Source code',
}

export function auditRulesPage(): string {
  const sections = Object.entries(titles).map(([subject, title]) => {
    const rules = allRules.filter(({ id }) => id.startsWith(`${subject}/`))
    return `\n## ${title}\n\n${rules.length} rules.\n${rules.map(section).join('')}`
  })
  return `# Rules of the audit

<!-- Made from packages/audit by \`npm run docs\`. -->

${allRules.length} rules, tried by \`latchwork audit\` ([guide](../guides/audit.md)).
${sections.join('')}`
}

function section({ id, what, why, source, risk, mend }: RuleText): string {
  return `
### \`${id}\`

**${plain(what)}.** ${risk[0]?.toUpperCase()}${risk.slice(1)} risk. ${plain(why)} (${source})

Mend: ${plain(mend)}
`
}

/** Signs that Markdown would take for its own. */
function plain(text: string): string {
  return text.replaceAll(/[*<_[\]]/g, (sign) => `\\${sign}`)
}
