export { auditFile } from './code/audit-file.ts'
export { auditTree } from './code/audit-tree.ts'
export { codeRules } from './code/rules/index.ts'
