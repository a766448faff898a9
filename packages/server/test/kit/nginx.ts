/** Debian's nginx with the configuration of the guide, in a folder and on a port of its own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { selfSigned } from './self-signed.ts'
import { until } from './until.ts'

const NGINX = '/usr/sbin/nginx'
const GUIDE = join(import.meta.dirname, '../../../../docs/guides/behind-a-proxy.md')

/** Why the tests with nginx are left out; `false` where it is installed. */
export const withoutNginx: string | false = existsSync(NGINX) ? false : 'no nginx'

export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export interface NginxProxy {
  /** A call over TLS by who comes from 127.0.0.2: the proxy stands between, at 127.0.0.1. */
  readonly call: (path: string, call?: Call) => Promise<Told>
  /** The same for an answer without an end: gives each piece as it comes, until the test ends. */
  readonly listen: (path: string, headers: Readonly<Record<string, string>>, hear: (piece: string) => void) => void
}

/** @param port where it listens. @param upstreamPort where the server does. */
export async function startNginx(t: TestContext, port: number, upstreamPort: number): Promise<NginxProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-nginx-'))
  const { cert, key } = selfSigned()
  await writeFile(join(folder, 'cert.pem'), cert)
  await writeFile(join(folder, 'key.pem'), key)
  await writeFile(join(folder, 'nginx.conf'), configurationOf(folder, port, upstreamPort))
  const nginx = spawn(NGINX, ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => nginx.once('exit', () => resolve()))
  const agent = new Agent({ keepAlive: true, ca: cert, localAddress: '127.0.0.2', maxSockets: 8 })
  t.after(async () => {
    agent.destroy()
    nginx.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const send = (path: string, { method = 'GET', headers = {}, body = '' }: Call) =>
    request({
      agent,
      host: 'localhost',
      family: 4,
      port,
      path,
      method,
      headers: body === '' ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
    })
  const call = (path: string, asked: Call = {}): Promise<Told> =>
    new Promise((resolve, reject) => {
      const sent = send(path, asked).on('error', reject)
      sent.on('response', async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
      })
      sent.end(asked.body)
    })
  await until(async () => {
    assert.equal(nginx.exitCode, null, `nginx ended: ${await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')}`)
    return call('/v1/verify', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(
      ({ status }) => status === 401, // from behind it
      () => false,
    )
  }, 'nginx answers')
  const listen: NginxProxy['listen'] = (path, headers, hear) => {
    const sent = send(path, { headers })
    sent.on('response', (response) => response.on('data', (piece: Buffer) => hear(piece.toString())).on('error', () => {}))
    sent.on('error', () => {}).end()
    t.after(() => sent.destroy())
  }
  return { call, listen }
}

/** What the guide says, but for names, ports and the files of the certificate. */
function configurationOf(folder: string, port: number, upstreamPort: number): string {
  const block = /```nginx\n([\s\S]*?)```/.exec(readFileSync(GUIDE, 'utf8'))?.[1] ?? assert.fail('no nginx configuration in the guide')
  const changes = [
    ['127.0.0.1:8420', `127.0.0.1:${upstreamPort}`],
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['auth.example.com;', 'localhost;'],
    ['/etc/ssl/auth.example.com.pem', `${folder}/cert.pem`],
    ['/etc/ssl/auth.example.com.key', `${folder}/key.pem`],
  ] as const
  const guide = changes.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the guide has no ${from}`)
    return text.replace(from, to)
  }, block)
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`)
  return [
    ...(process.getuid?.() === 0 ? ['user root;'] : []), // its worker writes into the folder, too
    'daemon off;',
    'worker_processes 1;',
    `pid ${folder}/pid;`,
    'events { worker_connections 256; }',
    'http {',
    'access_log off;',
    ...folders,
    guide,
    '}',
  ].join('\n')
}
