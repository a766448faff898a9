/** Reads the declared delivery targets: what each kind needs, may have, and how it stands in the configuration. */
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { Secret } from '@latchwork/kernel'
import type { Declarations } from './declared-schema.ts'
import { sharedPlaces } from './delivery-places.ts'
import type { Bounds, Credential, DeliveryKind, DeliveryTarget } from './delivery-target.ts'
import type { SecretReference } from './options.ts'
import { codeOf, resolveReference, type Surroundings } from './secret-reference.ts'

type Written = NonNullable<Declarations['deliveryTargets']>[number]
type Member = keyof Written
type Report = (option: string, fault: string, mend: string) => void

const everywhere: readonly Member[] = ['name', 'kind', 'accounts', 'environments']
const kinds: Readonly<Record<DeliveryKind, { readonly needs: readonly Member[]; readonly may: readonly Member[] }>> = {
  vault: { needs: ['url', 'token'], may: ['mount', 'version', 'namespace', 'prefix', 'caFile'] },
  aws: { needs: ['region', 'accessKeyId', 'secretAccessKey'], may: ['sessionToken', 'url', 'prefix', 'caFile'] },
  kubernetes: { needs: ['namespace'], may: ['url', 'token', 'prefix', 'caFile'] },
  file: { needs: ['directory'], may: [] },
  webhook: { needs: ['url', 'secret'], may: ['caFile'] },
}

/** Where Kubernetes puts what a pod may have. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

export function readDeliveryTargets(written: readonly Written[], around: Surroundings, report: Report): readonly DeliveryTarget[] {
  const targets = written.map((target, index) => readTarget(target, `deliveryTargets[${index}]`, around, report))
  const read = targets.filter((target) => target !== undefined)
  for (const [target, other] of sharedPlaces(read))
    report(
      `deliveryTargets[${targets.indexOf(target)}]`,
      `writes where "${other}" writes, so that one key could lie over another`,
      'Give each target a folder or prefix of its own, neither within the other.',
    )
  return read
}

function readTarget(written: Written, at: string, around: Surroundings, report: Report): DeliveryTarget | undefined {
  const { needs, may } = kinds[written.kind]
  const given = Object.keys(written) as Member[]
  const missing = needs.filter((member) => !given.includes(member))
  const strange = given.filter((member) => ![...everywhere, ...needs, ...may].includes(member))
  for (const member of missing)
    report(`${at}.${member}`, `is missing, and a target of kind ${written.kind} needs it`, 'Give it: docs/guides/keys-rotation.md has an example.')
  for (const member of strange) report(`${at}.${member}`, `means nothing to a target of kind ${written.kind}`, 'Leave it away.')
  if (missing.length + strange.length > 0) return undefined
  const { name, accounts, environments } = written
  const bounds = { name, ...(accounts === undefined ? {} : { accounts }), ...(environments === undefined ? {} : { environments }) }
  if (written.kind === 'file') return { ...bounds, kind: 'file', directory: resolve(around.folder, written.directory ?? '') }
  return peerTarget(bounds, written, at, around, report)
}

function peerTarget(bounds: Bounds, written: Written, at: string, around: Surroundings, report: Report): DeliveryTarget {
  const { kind, region = '', mount = 'secret', version = 2, namespace } = written
  const usualUrl = kind === 'aws' ? `https://secretsmanager.${region}.amazonaws.com` : 'https://kubernetes.default.svc'
  const url = (written.url ?? usualUrl).replace(/\/+$/, '')
  const fault = faultOfUrl(url, kind)
  if (fault !== undefined) report(`${at}.url`, fault, 'Give an https address without user, password, query or fragment: whole keys travel there.')
  const caFile = written.caFile ?? (kind === 'kubernetes' ? `${SERVICE_ACCOUNT}/ca.crt` : undefined)
  const ca = caFile === undefined ? undefined : readCa(resolve(around.folder, caFile), `${at}.caFile`, report)
  const peer = { url, prefix: written.prefix ?? (kind === 'kubernetes' ? 'latchwork-' : 'latchwork/'), ...(ca === undefined ? {} : { ca }) }
  const credential = (member: 'token' | 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'secret', usual?: SecretReference): Credential =>
    readCredential(written[member] ?? usual, `${at}.${member}`, around, report)
  switch (kind) {
    case 'vault':
      return { ...bounds, ...peer, kind, mount, version, ...(namespace === undefined ? {} : { namespace }), token: credential('token') }
    case 'aws': {
      const keys = { accessKeyId: credential('accessKeyId'), secretAccessKey: credential('secretAccessKey') }
      return { ...bounds, ...peer, kind, region, ...keys, ...(written.sessionToken === undefined ? {} : { sessionToken: credential('sessionToken') }) }
    }
    case 'kubernetes':
      return { ...bounds, ...peer, kind, namespace: namespace ?? 'default', token: credential('token', { file: `${SERVICE_ACCOUNT}/token` }) }
    default:
      return { ...bounds, ...peer, kind: 'webhook', secret: credential('secret') }
  }
}

function faultOfUrl(text: string, kind: DeliveryKind): string | undefined {
  if (!URL.canParse(text)) return 'is not an address'
  const url = new URL(text)
  if (url.protocol !== 'https:') return 'is not https'
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  if (text.includes('#') || (kind !== 'webhook' && text.includes('?'))) return 'has a query or a fragment'
  return undefined
}

/** Looks that the secret is there; a file is read again at each delivery. */
function readCredential(reference: SecretReference | undefined, option: string, around: Surroundings, report: Report): Credential {
  const none: Credential = { given: new Secret('') }
  if (reference === undefined) return none
  const resolved = resolveReference(reference, around)
  if ('fault' in resolved) {
    report(option, resolved.fault, resolved.mend)
    return none
  }
  if ('env' in reference) return { given: resolved.secret }
  return { file: isAbsolute(reference.file) ? reference.file : resolve(around.folder, reference.file) }
}

function readCa(path: string, option: string, report: Report): string | undefined {
  const mend = 'Name a readable PEM file with the certificates of the authority.'
  try {
    const text = readFileSync(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
    report(option, 'holds no PEM certificate', mend)
  } catch (error) {
    report(option, `refers to ${path}, which cannot be read (${codeOf(error)})`, mend)
  }
  return undefined
}
