/** A place on the net that speaks TLS, where clients keep what the server is to fetch. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { selfSigned } from './self-signed.ts'

export interface SecureHost {
  readonly url: string
  /** What a server needs to reach and believe it. */
  readonly outbound: { readonly allow: readonly string[]; readonly extraCaFile: string }
  readonly visits: () => number
}

/** @param answer the JSON to tell; `undefined`: 500. */
export async function startSecureHost(t: Pick<TestContext, 'after'>, answer: () => unknown): Promise<SecureHost> {
  let visits = 0
  const certificate = selfSigned('localhost')
  const host = createServer(certificate, (_request, response) => {
    visits += 1
    const content = answer()
    if (content === undefined) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content))
  })
  await new Promise<void>((resolve) => host.listen(0, 'localhost', resolve))
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-host-'))
  await writeFile(join(folder, 'ca.pem'), certificate.cert)
  t.after(async () => {
    host.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { port } = host.address() as AddressInfo
  return { url: `https://localhost:${port}`, outbound: { allow: [`localhost:${port}`], extraCaFile: join(folder, 'ca.pem') }, visits: () => visits }
}
