/** What a configuration file holds, typed from the table of options and the schemas of what can be declared. */
import type { Declarations } from './declared-schema.ts'
import type { WrittenValues } from './options.ts'

type Head<P> = P extends `${infer H}.${string}` ? H : P

/** `{ 'http.port': number }` as it is written: `{ http: { port: number } }`. */
type Nested<T> = {
  readonly [H in Head<keyof T & string>]?: H extends keyof T
    ? T[H]
    : Nested<{ readonly [P in keyof T & string as P extends `${H}.${infer R}` ? R : never]: T[P] }>
}

/** Lists may be written `as const`. */
type Written<T> = T extends readonly (infer I)[] ? readonly Written<I>[] : T extends object ? { readonly [K in keyof T]: Written<T[K]> } : T

export type LatchworkConfig = Nested<WrittenValues> & Written<Declarations>

/**
 * Types a configuration while it is written; gives it back as it is. A file works without it, too: a plain object as the default export.
 *
 * @example
 * export default defineConfig({ issuer: 'https://auth.example.com', http: { trustedProxies: ['10.0.0.2'] }, secretKey: { file: '/run/secrets/latchwork' } })
 */
export function defineConfig(config: LatchworkConfig): LatchworkConfig {
  return config
}
