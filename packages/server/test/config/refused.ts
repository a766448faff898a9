/** What the tests of the configuration share: a folder of their own, and the problems of a configuration that must not be taken. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type ConfigSources, ConfigurationError, loadConfig, type Problem } from '@latchwork/server/config'

export function folder(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'latchwork-config-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

export async function errorOf(sources: ConfigSources): Promise<ConfigurationError> {
  try {
    await loadConfig(sources)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, `not a ConfigurationError: ${error}`)
    return error
  }
  return assert.fail('the configuration was taken')
}

export async function problemsOf(sources: ConfigSources): Promise<readonly Problem[]> {
  return (await errorOf(sources)).problems
}

/** Demands exactly one problem, at this option, with a fault like this and a mend. */
export async function refuses(sources: ConfigSources, option: string, fault: RegExp): Promise<void> {
  const problems = await problemsOf(sources)
  assert.deepEqual(
    problems.map((problem) => problem.option),
    [option],
  )
  assert.match(problems[0]?.fault ?? '', fault)
  assert.ok((problems[0]?.mend.length ?? 0) > 5, 'it says no mend')
}

/** A configuration whose shape the types would refuse. */
export function wrong(given: unknown): ConfigSources {
  return { given: given as NonNullable<ConfigSources['given']> }
}
