/**
 * Owns the configuration: the one table of options, what a file may declare, where values come from (flag over environment over file over default), and which settings are
 * unsafe together. Gives the server one frozen `Config` in which every secret is wrapped, or one error with everything that is wrong. Leaves making the data folder,
 * and whatever needs a database, to the start.
 */
export type { Config, DeclaredAccount, DeclaredApi, DeclaredClient, DeclaredRootKey, DeclaredUser } from './config.ts'
export { ConfigurationError, type Problem } from './configuration-error.ts'
export { configurationReference, type FlagHelp, flagHelp } from './configuration-reference.ts'
export { makeDataFolder } from './data-folder.ts'
export { defineConfig, type LatchworkConfig } from './define-config.ts'
export type { Flags } from './gather.ts'
export { type ConfigSources, loadConfig } from './load-config.ts'
export { environmentName, type Option } from './option.ts'
export { type OptionPath, optionPaths, options } from './options.ts'
export { formerKeysOf, openSecretKey } from './secret-key.ts'
