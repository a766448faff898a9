/** Every generated page of the documentation: its path and its text. */
import { gitleaksRules, trufflehogRules } from '@latchwork/kernel'
import { configurationReference, options } from '@latchwork/server/config'
import { checksPage } from '../packages/server/test/oauth/checks-table.ts'
import { auditRulesPage } from './audit-rules.ts'
import { eventsPage, refusalsPage } from './reference.ts'
import { requirementsPage } from './requirements.ts'

const DEFAULT_BRAND = options['keys.brand'].default

export function generatedPages(root: string): Readonly<Record<string, string>> {
  return {
    'docs/integrations/gitleaks.toml': gitleaksRules(DEFAULT_BRAND),
    'docs/integrations/trufflehog.yaml': trufflehogRules(DEFAULT_BRAND),
    'docs/reference/audit-rules.md': auditRulesPage(),
    'docs/reference/configuration.md': configurationReference(),
    'docs/reference/events.md': eventsPage(),
    'docs/reference/oauth-checks.md': checksPage(),
    'docs/reference/refusals.md': refusalsPage(),
    'docs/requirements.md': requirementsPage(root),
  }
}
