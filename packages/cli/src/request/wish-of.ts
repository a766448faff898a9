/** From flags to what is to be logged in; secrets from files, standard input or the keyboard. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type ClientAuthenticationMethod, type LoginWish, type ProfileType, profileTypes } from '@latchwork/client'
import type { Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'

type Part = Omit<Partial<LoginWish>, 'secrets'> & { readonly secrets: LoginWish['secrets'] }

const partsByType: Readonly<Record<ProfileType, (invocation: Invocation) => Promise<Part>>> = {
  'api-key': async (invocation) => {
    const headerName = invocation.text('header-name')
    if (headerName !== undefined && !/^[\w-]{1,100}$/.test(headerName))
      throw new WrongUsage('--header-name is no name of a header.', 'Write --header-name X-API-Key.')
    const apiKey = await secretOf(invocation, 'key-file', 'API key: ')
    if (!/^[\x21-\x7e]+$/.test(apiKey))
      throw new Failure('That is no API key: there are spaces or other characters in it that no header takes.', 'Copy it again, alone and whole.')
    return { ...(headerName === undefined ? {} : { headerName }), secrets: { apiKey } }
  },
  session: async (invocation) => ({
    server: invocation.required('server'),
    email: invocation.required('email'),
    password: await secretOf(invocation, 'password-file', 'Password: '),
    secrets: {},
  }),
  code: oauthPart,
  device: oauthPart,
  'client-credentials': async (invocation) => {
    const part = await oauthPart(invocation)
    if (part.client?.authentication === 'none')
      throw new WrongUsage('A client for itself has to prove itself.', 'Name --client-secret-file or --client-key-file.')
    return part
  },
}

export async function wishOf(invocation: Invocation, name: string): Promise<LoginWish> {
  const type = invocation.required('type')
  if (!Object.hasOwn(profileTypes, type))
    throw new WrongUsage(`--type ${JSON.stringify(type.slice(0, 40))} is not known.`, `Known here: ${Object.keys(profileTypes).join(', ')}.`)
  const part = await partsByType[type as ProfileType](invocation)
  return { name, type: type as ProfileType, origins: invocation.texts('api'), ...part }
}

async function oauthPart(invocation: Invocation): Promise<Part> {
  const { text, isOn } = invocation
  const { authentication, secrets } = await clientProofOf(invocation)
  const [scope, resource, redirectPath] = [text('scope'), text('resource'), text('redirect-path')]
  if (redirectPath !== undefined && !/^\/[\w/.-]*$/.test(redirectPath)) throw new WrongUsage('--redirect-path is no path.', 'Write --redirect-path /callback.')
  return {
    server: invocation.required('server'),
    client: { id: invocation.required('client-id'), authentication },
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource }),
    ...(redirectPath === undefined ? {} : { redirectPath }),
    ...(isOn('dpop') ? { dpop: true } : {}),
    secrets,
  }
}

async function clientProofOf(invocation: Invocation): Promise<{ readonly authentication: ClientAuthenticationMethod; readonly secrets: LoginWish['secrets'] }> {
  const [secretFile, keyFile, how = 'basic'] = ['client-secret-file', 'client-key-file', 'client-auth'].map(invocation.text)
  if (how !== 'basic' && how !== 'post') throw new WrongUsage(`--client-auth ${JSON.stringify(how.slice(0, 40))} is not known.`, 'Known here: basic, post.')
  if (secretFile !== undefined && keyFile !== undefined) throw new WrongUsage('A client proves itself by a secret or by a key.', 'Give one of the two files.')
  if (keyFile !== undefined)
    return { authentication: 'private_key_jwt', secrets: { clientKey: clientKeyOf(await readSecretFile(keyFile, invocation.terminal), invocation) } }
  if (secretFile === undefined) return { authentication: 'none', secrets: {} }
  return {
    authentication: how === 'post' ? 'client_secret_post' : 'client_secret_basic',
    secrets: { clientSecret: await readSecretFile(secretFile, invocation.terminal) },
  }
}

/** A private key, PEM or JWK, as a JWK that names its algorithm. */
function clientKeyOf(text: string, { text: flag }: Invocation): Readonly<Record<string, unknown>> {
  try {
    const isJwk = text.trimStart().startsWith('{')
    const given = isJwk ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : {}
    const key = createPrivateKey(isJwk ? { key: { ...given }, format: 'jwk' } : text)
    const kid = flag('client-key-id') ?? given['kid']
    return { ...key.export({ format: 'jwk' }), alg: flag('client-key-alg') ?? given['alg'] ?? usualAlgorithm(key), ...(kid === undefined ? {} : { kid }) }
  } catch {
    throw new Failure('--client-key-file holds no private key.', 'It takes a PEM (PKCS #8) or a JWK: `latchwork generate key-pair` makes both.')
  }
}

function usualAlgorithm({ asymmetricKeyType }: KeyObject): string {
  return asymmetricKeyType === 'ec' ? 'ES256' : asymmetricKeyType === 'ed25519' ? 'Ed25519' : 'RS256'
}

async function secretOf({ text, terminal }: Invocation, flag: string, question: string): Promise<string> {
  const file = text(flag)
  const secret = file === undefined ? await terminal.askSecret?.(question) : await readSecretFile(file, terminal)
  if (secret === undefined) throw new WrongUsage(`--${flag} is missing.`, `Name the file, or - for standard input: --${flag} FILE.`)
  if (secret === '' || /[\r\n]/.test(secret)) throw new Failure('That is no secret: it is empty, or more than one line.', 'Copy it again, whole.')
  return secret
}
