/** Pictures, and a place on the net that serves them. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'

export interface LogoHost {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  /** As `outbound.allow` lists it. */
  readonly allow: string
  /** Path and User-Agent of each request so far. */
  readonly requests: { readonly path: string; readonly userAgent: string }[]
  /** May be changed. */
  answer: RequestListener
}

export async function startLogoHost(t: Pick<TestContext, 'after'>, answer: RequestListener = serves(pngOf(64, 64))): Promise<LogoHost> {
  const requests: LogoHost['requests'] = []
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', userAgent: request.headers['user-agent'] ?? '' })
    host.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const host: LogoHost = { origin: `http://127.0.0.1:${port}`, allow: `127.0.0.1:${port}`, requests, answer }
  return host
}

/** @param mediaType what the host calls it, rightly or not. */
export function serves(body: Buffer | string, mediaType = 'image/png', status = 200): RequestListener {
  return (_request, response) => void response.writeHead(status, { 'content-type': mediaType }).end(body)
}

/** A whole PNG of one colour: browsers show it. */
export function pngOf(width: number, height: number, [red, green, blue]: readonly [number, number, number] = [31, 87, 181]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8) // eight bits of red, green and blue each
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))])
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name: string, content: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  const named = Buffer.concat([Buffer.from(name), content])
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
