/** Every rule there is, as it is told of. */
import { codeRules } from './code/rules/index.ts'
import { textOf } from './finding.ts'
import { installationRules } from './installation/index.ts'
import type { RuleText } from './rule.ts'
import { serverRules } from './server/rules.ts'
import { tokenRules } from './token/rules.ts'

export const allRules: readonly RuleText[] = [...installationRules, ...serverRules, ...tokenRules, ...codeRules].map(textOf)
