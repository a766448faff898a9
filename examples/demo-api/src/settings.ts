/** What the API must be told: whose credentials it takes, and by which root key it may ask about them. */

export interface Settings {
  readonly issuer: string
  /** A root key with the scopes `credentials:verify` and `revocations:read`. */
  readonly rootKey: string
  /** 0: any free one. */
  readonly port: number
}

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const required = (name: string) => {
    const value = env[name]
    if (value === undefined || value === '') throw new Error(`${name} is not set. README.md says what the API needs.`)
    return value
  }
  return { issuer: required('LATCHWORK_ISSUER'), rootKey: required('LATCHWORK_ROOT_KEY'), port: Number(env['PORT'] ?? 8421) }
}
