/** Debian's Apache with mod_auth_openidc, each in a folder and on a port of its own: somebody else's relying party, in C. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from './until.ts'

const APACHE = '/usr/sbin/apache2'
const MODULES = '/usr/lib/apache2/modules'

/** Why the tests with Apache are left out; `false` where it is installed. */
export const withoutApache: string | false =
  existsSync(APACHE) && existsSync(`${MODULES}/mod_auth_openidc.so`) ? false : 'no apache2 with libapache2-mod-auth-openidc'

export interface Site {
  /** Of the site: `http://127.0.0.1:…`. */
  readonly origin: string
  /** Where an address on the way to the module is. */
  readonly callback: string
  readonly log: () => Promise<string>
}

export interface SitePlan {
  readonly issuer: string
  readonly clientId: string
  readonly secret: string
  /** Further lines of the module's configuration. */
  readonly lines?: readonly string[]
  readonly port: number
}

export const callbackAt = (port: number): string => `http://127.0.0.1:${port}/private/callback`

/** Starts Apache; what is under `/private/` needs a sign-in and tells who came. */
export async function startApache(t: TestContext, plan: SitePlan): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-apache-'))
  await chmod(folder, 0o755) // its workers run as another user
  await mkdir(join(folder, 'site/private'), { recursive: true })
  await writeFile(join(folder, 'site/private/index.shtml'), 'Private, for <!--#echo var="REMOTE_USER" --> named <!--#echo var="OIDC_CLAIM_name" -->.')
  await writeFile(join(folder, 'apache.conf'), configurationOf(folder, plan))
  const apache = spawn(APACHE, ['-D', 'FOREGROUND', '-f', join(folder, 'apache.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  apache.stderr.on('data', (text) => {
    told += String(text)
  })
  const ended = new Promise<void>((resolve) => apache.once('exit', () => resolve()))
  t.after(async () => {
    apache.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const origin = `http://127.0.0.1:${plan.port}`
  const log = async (): Promise<string> => told + (await readFile(join(folder, 'error.log'), 'utf8').catch(() => ''))
  await until(async () => {
    assert.equal(apache.exitCode, null, `Apache ended: ${await log()}`)
    return fetch(origin).then(
      () => true,
      () => false,
    )
  }, 'Apache answers')
  return { origin, callback: callbackAt(plan.port), log }
}

function configurationOf(folder: string, { issuer, clientId, secret, port, lines = [] }: SitePlan): string {
  const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'mime', 'dir', 'include', 'auth_openidc']
  return [
    ...modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `ServerRoot ${folder}`,
    'ServerName 127.0.0.1',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/pid`,
    `DefaultRuntimeDir ${folder}`,
    `ErrorLog ${folder}/error.log`,
    'LogLevel warn auth_openidc:debug',
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    'StartServers 1',
    `DocumentRoot ${folder}/site`,
    'DirectoryIndex index.shtml',
    'TypesConfig /etc/mime.types',
    'AddType text/html .shtml',
    'AddOutputFilter INCLUDES .shtml',
    `OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration`,
    `OIDCClientID ${clientId}`,
    `OIDCClientSecret ${secret}`,
    `OIDCRedirectURI ${callbackAt(port)}`,
    'OIDCCryptoPassphrase a-passphrase-of-this-test-alone',
    'OIDCScope "openid profile email"',
    'OIDCPKCEMethod S256',
    'OIDCCookieSameSite On',
    'OIDCSessionType server-cache',
    ...lines,
    `<Directory ${folder}/site>`,
    '  Options +Includes',
    '  Require all granted',
    '</Directory>',
    '<Location /private/>',
    '  AuthType openid-connect',
    '  OIDCUnAuthAction auth true', // else only what looks like a browser is sent to sign in
    '  Require valid-user',
    '</Location>',
    '',
  ].join('\n')
}
