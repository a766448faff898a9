/** Reads what the server may reach, and by which ways alerts leave it. */
import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import type { Problem } from './configuration-error.ts'
import { type OptionPath, type OptionValues, options } from './options.ts'
import { codeOf } from './secret-reference.ts'

type Outward = Pick<Config, 'outbound' | 'mail' | 'alerts'>

/** @param written how the operator wrote an option, for the problem's name. */
export function readOutward(values: OptionValues, written: (path: OptionPath) => string): { readonly outward: Outward; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const needs = (path: OptionPath, other: OptionPath) => {
    if (values[path] === undefined && isGiven(values[other]))
      problems.push({ option: written(path), fault: `is missing, but ${other} is given`, mend: options[path].mend })
  }
  needs('alerts.webhook.secret', 'alerts.webhook.url')
  needs('mail.smtpUrl', 'alerts.emailTo')
  needs('mail.from', 'alerts.emailTo')
  const extraCa = readCa(values['outbound.extraCaFile'], (fault) =>
    problems.push({ option: written('outbound.extraCaFile'), fault, mend: options['outbound.extraCaFile'].mend }),
  )
  const [url, secret, smtpUrl, from] = [values['alerts.webhook.url'], values['alerts.webhook.secret'], values['mail.smtpUrl'], values['mail.from']]
  const outward: Outward = {
    outbound: { allow: values['outbound.allow'], ...(extraCa === undefined ? {} : { extraCa }) },
    ...(smtpUrl === undefined || from === undefined ? {} : { mail: { smtpUrl, from } }),
    alerts: {
      ...(url === undefined || secret === undefined ? {} : { webhook: { url, secret } }),
      emailTo: values['alerts.emailTo'],
      silenceDays: values['alerts.silenceDays'],
      spikeFactor: values['alerts.spikeFactor'],
      refusalsPerMinute: values['alerts.refusalsPerMinute'],
      networksAtOnce: values['alerts.networksAtOnce'],
    },
  }
  return { outward, problems }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0)
}

function readCa(path: string | undefined, report: (fault: string) => void): string | undefined {
  if (path === undefined) return undefined
  try {
    const text = readFileSync(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
    report('holds no PEM certificate')
  } catch (error) {
    report(`cannot be read (${codeOf(error)})`)
  }
  return undefined
}
