/** `latchwork config …`: whether a configuration can be used, and what there is to configure. */
import { type Config, configurationReference, flagHelp, loadConfig, optionPaths, options } from '@latchwork/server/config'
import type { Command, Flag, Invocation } from '../command.ts'
import { wrap } from '../terminal.ts'

/** The flags of the table of options, and the one that names the file. */
export const optionFlags: readonly Flag[] = [
  { name: 'config', value: 'FILE', help: 'The configuration file; latchwork.config.ts is taken if it is there.' },
  ...flagHelp().map(({ flag, value, help, default: byDefault }): Flag => {
    const said = `${help} Default: ${byDefault}.`
    return value === undefined ? { name: flag, help: said, canBeNegated: true } : { name: flag, value, help: said }
  }),
]

/** @throws ConfigurationError. */
export function configOf({ terminal, given, text }: Invocation): Promise<Config> {
  const { config: _file, json: _json, ...flags } = given
  return loadConfig({ file: text('config'), env: terminal.env, flags, cwd: terminal.cwd, isTerminal: terminal.isTerminal })
}

async function checkConfig(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson } = invocation
  const config = await configOf(invocation)
  const { issuer, mode, file, warnings, data, database } = config
  const listens = `${config.http.host}:${config.http.port}`
  if (wantsJson) {
    terminal.out(JSON.stringify({ ok: true, ...(file === undefined ? {} : { file }), issuer, mode, listens, data, database: database.engine, warnings }))
    return 0
  }
  terminal.out(`The configuration can be used${file === undefined ? '; there is no file' : `: ${file}`}.`)
  terminal.out(`  issuer    ${issuer}\n  mode      ${mode}\n  listens   ${listens}\n  database  ${database.engine === 'sqlite' ? database.file : 'PostgreSQL'}`)
  const { light, dark } = config.site.accents
  if (light !== undefined || dark !== undefined) terminal.out(`  accent    ${light?.accent ?? 'as it is'}, in dark mode ${dark?.accent ?? 'as it is'}`)
  for (const warning of warnings) terminal.out(`${terminal.paint('yellow', 'Note')}  ${wrap(warning, 6)}`)
  return 0
}

export const configCommands: readonly Command[] = [
  {
    name: 'config check',
    summary: 'Read the configuration and say everything that is wrong with it.',
    flags: optionFlags,
    example: ['latchwork config check --config latchwork.config.ts'],
    more: 'Reads file, environment and flags just as `latchwork start` does, and writes nothing.',
    run: checkConfig,
  },
  {
    name: 'config reference',
    summary: 'Print every option: what it sets, its default, flag and environment name.',
    flags: [],
    example: ['latchwork config reference | less'],
    async run({ terminal, wantsJson }) {
      const rows = optionPaths.map((path) => ({ path, ...options[path], check: undefined }))
      terminal.out(wantsJson ? JSON.stringify(rows) : configurationReference())
      return 0
    },
  },
]
