/**
 * What a token is: JWS and JWE, Latchwork's own keys and tokens, cookies. Decodes, explains each member in plain words, warns, and checks a signature, time, issuer and audience
 * against what it is given. Pure: nothing leaves the machine, nothing is fetched. Leaves to others whether the token is alive: only its server knows.
 */
export type { Expectations } from './expectations.ts'
export { inspect, tokenIn } from './inspect.ts'
export { type CheckKey, readKeys, secretKeyOf } from './keys.ts'
export type { Check, Member, Report, Severity, Warning } from './report.ts'
