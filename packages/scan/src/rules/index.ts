/** Every form that is looked for. An earlier row wins where two find the same. */
import type { Rule } from '../rule.ts'
import { cloudRules } from './cloud.ts'
import { codeRules } from './code.ts'
import { entropyRule } from './entropy.ts'
import { messageRules } from './messages.ts'
import { modelRules } from './models.ts'
import { moneyRules } from './money.ts'
import { operationRules } from './operations.ts'
import { ownRule } from './own.ts'
import { plainRules } from './plain.ts'

export { entropyRule, ownRule, plainRules }

/** Forms that other vendors gave their secrets. */
export const vendorRules: readonly Rule[] = [...cloudRules, ...codeRules, ...modelRules, ...moneyRules, ...messageRules, ...operationRules]

export const rules: readonly Rule[] = [ownRule, ...vendorRules, ...plainRules]
