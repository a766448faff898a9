/** The checks of options that speak of clients. */
import { profileNames } from '@latchwork/oauth'

export function faultOfProfiles(entries: readonly string[]): string | undefined {
  const wrong = entries.find((entry) => !(profileNames as readonly string[]).includes(entry))
  return wrong === undefined ? undefined : `${JSON.stringify(wrong.slice(0, 60))} is no profile`
}

export function faultOfHeaderName(text: string): string | undefined {
  return /^[a-z0-9][a-z0-9-]{0,63}$/i.test(text) ? undefined : 'is no name of a header'
}

export function faultOfHosts(entries: readonly string[]): string | undefined {
  const wrong = entries.find((entry) => !/^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(entry))
  return wrong === undefined ? undefined : `${JSON.stringify(wrong.slice(0, 60))} is no host`
}
