/** Every rule over an installation. */
import type { FactRule } from '../rule.ts'
import { clientRules } from './client-rules.ts'
import { configRules } from './config-rules.ts'
import type { InstallationFacts } from './facts.ts'
import { frontRules } from './front-rules.ts'
import { keyRules } from './key-rules.ts'

export const installationRules: readonly FactRule<InstallationFacts>[] = [...configRules, ...frontRules, ...clientRules, ...keyRules]
