/** Environment variables that look like a misspelled option: told, not refused, for the name's prefix is not ours alone. */
import { nearMiss } from '@latchwork/kernel'
import { environmentName } from './option.ts'
import { optionAt, optionPaths } from './options.ts'

export function misspelledVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = optionPaths.flatMap((path) =>
    optionAt(path).kind === 'secret' ? [environmentName(path), `${environmentName(path)}_FILE`] : [environmentName(path)],
  )
  const others = ['LATCHWORK_CONFIG', 'LATCHWORK_ROOT_KEY']
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('LATCHWORK_') || known.includes(name) || others.includes(name)) return []
    const meant = namedAsFlag(name) ?? nearMiss(withoutPrefix(name), known.map(withoutPrefix))
    return meant === undefined ? [] : [`The environment variable ${name} is no option and has no effect. Did you mean LATCHWORK_${withoutPrefix(meant)}?`]
  })
}

const withoutPrefix = (name: string): string => name.replace(/^LATCHWORK_/, '')

/** Who knows `--port` writes LATCHWORK_PORT, and means LATCHWORK_HTTP_PORT. */
function namedAsFlag(name: string): string | undefined {
  const flag = withoutPrefix(name).toLowerCase().replaceAll('_', '-')
  const path = optionPaths.find((one) => optionAt(one).flag === flag)
  return path === undefined ? undefined : environmentName(path)
}
