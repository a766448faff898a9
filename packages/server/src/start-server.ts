/** Starts the server: opens the installation, mounts the routes, listens. */

import type { AddressInfo } from 'node:net'
import { offerFirstOperator } from '@latchwork/accounts'
import { type IssuedKey, issueKey, type KeyRequest } from '@latchwork/api-keys'
import { deriveKey, type RefusalCode } from '@latchwork/kernel'
import { proven } from '@latchwork/verify'
import type { FastifyInstance } from 'fastify'
import { type Installation, openInstallation, type Surroundings } from './compose.ts'
import type { Config } from './config/index.ts'
import type { HeadNote } from './event-chores.ts'
import { createApp } from './http/app.ts'
import type { ArrivedRequest } from './http/arrived-request.ts'
import { clientAddress, isEncrypted, isFromHere, originOf, trustedProxies } from './http/client-address.ts'
import { formTokens } from './http/form-token.ts'
import { createLog } from './http/log.ts'
import { listenAtOthers, type OtherAddresses } from './http/other-addresses.ts'
import { proofRequests } from './http/proof-after.ts'
import { refusedRequest } from './http/refused-request.ts'
import { shownSite } from './http/shown-site.ts'
import type { Site } from './http/site.ts'
import { noteUse } from './key-use/note-use.ts'
import { warnOfKeys } from './key-warnings.ts'
import { paths } from './pages/index.ts'
import { mountRoutes } from './routes/index.ts'
import { revokeExposed } from './verification/revoke-exposed.ts'

export interface ServerOptions extends Pick<Surroundings, 'clock' | 'removalClock' | 'hasher'> {
  /** Where log lines go; standard error unless said otherwise. */
  readonly log?: { readonly write: (line: string) => void }
  /** Addresses of the demo's processes, for the start page. */
  readonly demo?: { readonly applicationUrl: string; readonly apiUrl: string }
  /** Called when all is made and nobody can call yet. */
  readonly onBuilt?: () => void
}

export interface RunningServer {
  readonly issuer: string
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly address: { readonly host: string; readonly port: number }
  /** Present while there is no operator: the one-time link, good for a day. */
  readonly operatorLink?: string
  /** What was started unsafe but allowed. */
  readonly warnings: readonly string[]
  readonly installation: Installation
  /** Mints an API key from within the process, as the system. */
  readonly issueKey: (request: KeyRequest) => Promise<IssuedKey>
  readonly close: () => Promise<void>
}

/** @throws `DatabaseHeld` when another server uses the SQLite file; Error when the port is in use (`EADDRINUSE`), the data folder cannot be written, or the database is away. */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  const log = createLog(config.log, options.log)
  for (const warning of config.warnings) log.warn(warning)
  const onTrouble = (message: string, cause?: unknown): void => log.error({ err: cause }, message)
  const onHead = (note: HeadNote): void => log.info(note, 'the head of the event log: keep it where the database cannot be reached')
  const { log: _log, demo: _demo, onBuilt: _onBuilt, ...surroundings } = options
  const installation = await openInstallation(config, { onTrouble, onHead, alone: true, ...surroundings })
  try {
    for (const warning of await warnOfKeys(config, installation.store.apiKeys, installation.clock.now())) log.warn(warning)
    const site = siteOf(installation, options, onTrouble)
    const app = await createApp(site, log)
    await mountRoutes(app, site)
    const link = await offerFirstOperator(installation.accounts, installation.clock.now())
    await app.ready()
    options.onBuilt?.()
    await app.listen({
      port: config.http.port,
      host: config.http.host,
      listenTextResolver: (address) => `listening at ${config.http.tls === undefined ? address : address.replace(/^http:/, 'https:')}`,
    }) // last: who is answered meets a server that is whole
    const { host, tls } = config.http
    const onMissing = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') log.warn(`something else listens at another address of ${host}, and some callers will reach that: ${error.message}`)
      else log.info(`not at every address of ${host}: ${error.message}`)
    }
    const others = host === 'localhost' ? await listenAtOthers(app.server, host, tls !== undefined, onMissing) : undefined
    return running(app, others, installation, link?.reveal())
  } catch (error) {
    await installation.close()
    throw error
  }
}

function running(app: FastifyInstance, others: OtherAddresses | undefined, installation: Installation, linkSecret: string | undefined): RunningServer {
  const { config, clock, apiKeys } = installation
  const address = app.server.address() as AddressInfo // a port was listened on: never a pipe
  return {
    issuer: config.issuer,
    address: { host: address.address, port: address.port },
    warnings: config.warnings,
    installation,
    issueKey: (request) => issueKey(apiKeys, request, { kind: 'system', id: 'system', ceiling: 'unlimited', origin: {} }, clock.now()),
    close: async () => {
      await Promise.all([others?.close(), app.close()])
      await installation.close()
    },
    ...(linkSecret === undefined ? {} : { operatorLink: `${config.issuer}${paths.firstOperator}?link=${linkSecret}` }),
  }
}

function siteOf(installation: Installation, options: ServerOptions, onTrouble: Surroundings['onTrouble'] & object): Site {
  const { config, clock, secretKey } = installation
  const proxies = trustedProxies(config.http.trustedProxies)
  const exposed = { apiKeys: installation.apiKeys, lookUp: installation.verifier.lookUp, onTrouble }
  const isSecure = (request: ArrivedRequest): boolean => isEncrypted(request, proxies) || (config.mode === 'development' && isFromHere(request, proxies))
  const arrivalOf = (request: ArrivedRequest) => ({ secure: isSecure(request), remoteAddress: clientAddress(request, proxies) })
  return {
    issuer: config.issuer,
    clock,
    installation,
    exposed,
    ...shownSite(config),
    formTokens: formTokens(deriveKey(secretKey, 'form tokens')),
    proofRequests: proofRequests(deriveKey(secretKey, 'reauthentication')),
    headers: securityHeaders(config),
    originOf: (request) => originOf(request, proxies),
    isSecure,
    authenticate: async (request, needs) => {
      const origin = originOf(request, proxies)
      const { formToken, ...asked } = needs
      const arrival = { secure: isSecure(request), remoteAddress: origin.address, ...(formToken === undefined ? {} : { formToken }) }
      return noteUse(installation.keyUse, origin, clock.now, () => proven(installation.verifier.answer(request, arrival, asked)))
    },
    answerRootKey: (request, needs) => installation.verifier.answer(request, arrivalOf(request), needs), // not counted
    authenticatePerson: (request) => installation.verifier.authenticatePerson(request, arrivalOf(request)),
    recordRefusal: (refusal, request) => {
      if (isAskedAgain(refusal.code)) return
      installation.refusals.record(refusal, refusedRequest(refusal, request, proxies))
      if (refusal.code === 'transport_insecure' && config.keys.revokeOnPlainHttp)
        revokeExposed(exposed, { headers: request.headers, url: request.raw.url }, originOf(request, proxies), clock.now())
    },
    ...(options.demo === undefined ? {} : { demo: options.demo }),
  }
}

/** A device that waits for a person asks every few seconds: what it is told is no refusal to write down. */
function isAskedAgain(code: RefusalCode): boolean {
  return code === 'authorization_pending' || code === 'slow_down'
}

/** With every answer: nothing of ours is to be sniffed, framed, or kept by a cache unless a route says so. */
function securityHeaders(config: Config): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    ...(config.issuer.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
