/** Reads the certificate and key of a server that speaks TLS by itself (E7). */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Secret } from '@latchwork/kernel'
import type { Config } from './config.ts'
import type { Problem } from './configuration-error.ts'
import { type OptionPath, type OptionValues, options } from './options.ts'
import { codeOf } from './secret-reference.ts'

type Tls = NonNullable<Config['http']['tls']>

/** `{}` if TLS is not asked for. Checks that both files are there, that they belong together, and that the certificate's time has not passed. */
export function readTls(values: OptionValues, written: (path: OptionPath) => string, now: number): { readonly tls?: Tls; readonly problem?: Problem } {
  const [certFile, keyFile] = [values['http.tls.certFile'], values['http.tls.keyFile']]
  if (certFile === undefined && keyFile === undefined) return {}
  const refuse = (path: 'http.tls.certFile' | 'http.tls.keyFile', fault: string) => ({ problem: { option: written(path), fault, mend: options[path].mend } })
  if (certFile === undefined) return refuse('http.tls.certFile', 'is missing, but http.tls.keyFile is given')
  if (keyFile === undefined) return refuse('http.tls.keyFile', 'is missing, but http.tls.certFile is given')
  const cert = attempt(() => readFileSync(certFile, 'utf8'))
  if ('failed' in cert) return refuse('http.tls.certFile', `cannot be read (${cert.failed})`)
  const key = attempt(() => readFileSync(keyFile, 'utf8'))
  if ('failed' in key) return refuse('http.tls.keyFile', `cannot be read (${key.failed})`)
  const certificate = attempt(() => new X509Certificate(cert.value))
  if ('failed' in certificate) return refuse('http.tls.certFile', 'is no PEM certificate')
  const privateKey = attempt(() => createPrivateKey(key.value))
  if ('failed' in privateKey) return refuse('http.tls.keyFile', 'is no PEM private key without passphrase')
  if (!certificate.value.checkPrivateKey(privateKey.value)) return refuse('http.tls.keyFile', 'is not the key of the certificate')
  if (certificate.value.validToDate.getTime() <= now)
    return refuse('http.tls.certFile', `has expired on ${certificate.value.validToDate.toISOString().slice(0, 10)}`)
  return { tls: { cert: cert.value, key: new Secret(key.value) } }
}

function attempt<T>(act: () => T): { readonly value: T } | { readonly failed: string } {
  try {
    return { value: act() }
  } catch (error) {
    return { failed: codeOf(error) }
  }
}
