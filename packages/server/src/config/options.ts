/** The one table of options: configuration files, environment, flags, `--help` and the reference page are all made from it. */
import type { Secret } from '@latchwork/kernel'
import { keyOptions } from './key-options.ts'
import type { Option, ValueOfKind } from './option.ts'
import { outwardOptions } from './outward-options.ts'
import { serverOptions } from './server-options.ts'
import { signInOptions } from './sign-in-options.ts'

export const options = { ...serverOptions, ...keyOptions, ...signInOptions, ...outwardOptions } as const satisfies Readonly<Record<string, Option>>

export type OptionPath = keyof typeof options

type ValueOf<O extends Option> = O extends { readonly choices: readonly (infer C)[] } ? C : ValueOfKind[O['kind']]

/** Every option's value once read: defaults filled in, what has none and was not given `undefined`. */
export type OptionValues = {
  readonly [P in OptionPath]: (typeof options)[P] extends { readonly default: unknown }
    ? ValueOf<(typeof options)[P]>
    : ValueOf<(typeof options)[P]> | undefined
}

/** What an option may be in a configuration file: a secret may be a reference. */
export type WrittenValues = {
  readonly [P in OptionPath]: ValueOf<(typeof options)[P]> extends Secret ? SecretReference | string : ValueOf<(typeof options)[P]>
}

/** Where a secret stands instead of the configuration itself. */
export type SecretReference = { readonly file: string } | { readonly env: string }

export const optionPaths = Object.keys(options) as readonly OptionPath[]

/** The row as the plain shape that all rows share. */
export function optionAt(path: OptionPath): Option {
  return options[path]
}
