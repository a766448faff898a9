/** Every rule over code. */
import type { CodeRule } from '../code-rule.ts'
import { frontEndRules } from './front-end.ts'
import { httpRules } from './http.ts'
import { jwtIssuanceRules } from './jwt-issuance.ts'
import { jwtVerificationRules } from './jwt-verification.ts'
import { oauthRules } from './oauth.ts'
import { secretRules } from './secrets.ts'

export const codeRules: readonly CodeRule[] = [...frontEndRules, ...jwtVerificationRules, ...jwtIssuanceRules, ...oauthRules, ...secretRules, ...httpRules]
