/** What the application must be told: who signs people in, who it is there, and where the API is. */

export interface Settings {
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: string
  /** The API this application calls for people; also the `resource` it asks tokens for (RFC 8707). */
  readonly apiUrl: URL
  /** 0: any free one. */
  readonly port: number
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const required = (name: string) => {
    const value = env[name]
    if (value === undefined || value === '') throw new Error(`${name} is not set. README.md says what the application needs.`)
    return value
  }
  const issuer = new URL(required('LATCHWORK_ISSUER'))
  if (issuer.protocol !== 'https:' && !LOOPBACK.test(issuer.hostname))
    throw new Error('LATCHWORK_ISSUER is not https: codes and tokens would travel in clear. Plain http is for this machine alone.')
  return {
    issuer,
    clientId: required('LATCHWORK_CLIENT_ID'),
    clientSecret: required('LATCHWORK_CLIENT_SECRET'),
    apiUrl: new URL(required('DEMO_API_URL')),
    port: Number(env['PORT'] ?? 8422),
  }
}
