/** The end of a server with work under way: what was done is told to whoever asked for it, and nobody holds the end up. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { placeDataFolder } from '../kit/data-folders.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'

const CALLERS = 40
const ENDLESS_MS = 2000
const basic = `Authorization: Basic ${Buffer.from(`machine:${testSecret}`).toString('base64')}`
const form = 'grant_type=client_credentials'

describe('a server that ends with work under way', () => {
  for (const [reader, type, before] of [
    ['the lane', 'application/x-www-form-urlencoded', ''],
    ['the lane behind Node’s HTTP', 'application/x-www-form-urlencoded', 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['the route', 'application/x-www-form-urlencoded; charset=utf-8', ''],
  ] as const)
    it(`R2: what it has done it tells to whoever asked, by ${reader}`, async (t) => {
      const data = await mkdtemp(join(tmpdir(), 'latchwork-stop-'))
      t.after(() => rm(data, { recursive: true, force: true }))
      placeDataFolder(data)
      const latchwork = await startLatchwork(t, { data })
      const { hostname, port } = new URL(latchwork.issuer)
      const ask = `POST /token HTTP/1.1\r\nHost: ${hostname}\r\n${basic}\r\nContent-Type: ${type}\r\nContent-Length: ${form.length}\r\n\r\n${form}`
      let told = 0
      const ended = Array.from({ length: CALLERS }, async () => {
        const socket = connect(Number(port), hostname)
        const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
        let text = ''
        socket.on('data', (piece: Buffer) => {
          text += piece.toString()
          const answers = text.split('"access_token"').length - 1
          if (answers === 0) return
          told += answers
          text = ''
          socket.write(ask)
        })
        socket.write(before + ask)
        await closed
        told += text.split('"access_token"').length - 1
      })
      await until(() => told > 4 * CALLERS, 'work is under way')
      await latchwork.stop()
      await Promise.all(ended)
      const database = new DatabaseSync(join(data, 'latchwork.db'), { readOnly: true })
      const made = database.prepare('select count(*) as tokens from access_tokens').get()?.['tokens']
      database.close()
      assert.equal(told, made)
    })

  it('R2 K10: who listens to revocations, waits between two calls or says nothing does not hold it up', { timeout: 60_000 }, async (t) => {
    const latchwork = await startLatchwork(t)
    const { hostname, port, host } = new URL(latchwork.issuer)
    const bearer = `Authorization: Bearer ${latchwork.rootKey}`
    const first = [
      `GET /v1/revocations HTTP/1.1\r\nHost: ${host}\r\n${bearer}\r\n\r\n`,
      `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      `POST /token HTTP/1.1\r\nHost: ${host}\r\n${basic}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    ]
    const sockets = [...first, ''].map((bytes) => {
      const socket = connect(Number(port), hostname)
      socket.write(bytes)
      return socket
    })
    await Promise.all(sockets.slice(0, -1).map((socket) => once(socket, 'data')))
    const closed = sockets.map((socket) => once(socket.resume(), 'close'))
    const { setTimeout } = globalThis
    const begun: number[] = []
    t.mock.method(globalThis, 'setTimeout', (then: () => void, ms = 0) => {
      if (ms < ENDLESS_MS) return setTimeout(then, ms)
      begun.push(ms)
      return setTimeout(() => {}, ms) // whoever must be cut off is waited for without end
    })
    await latchwork.stop()
    await Promise.all(closed)
    assert.ok(begun.includes(5000), 'the time for what is under way was begun')
  })

  it('R2: who asks again meanwhile, on a connection that is never idle, is answered and told that it ends', async (t) => {
    const latchwork = await startLatchwork(t)
    const { hostname, port, host } = new URL(latchwork.issuer)
    const socket = connect(Number(port), hostname)
    const closed = once(socket, 'close')
    let read = ''
    socket.on('data', (piece: Buffer) => {
      read += piece.toString()
    })
    const ask = `POST /token HTTP/1.1\r\nHost: ${host}\r\n${basic}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`
    socket.write(`GET /health/live HTTP/1.1\r\nHost: ${host}\r\n\r\n${ask.slice(0, 10)}`)
    await until(() => read !== '', 'the answer to the first')
    const stopped = latchwork.stop()
    await until(() => isRefused(Number(port), hostname), 'nobody new gets in')
    socket.write(ask.slice(10))
    await Promise.all([stopped, closed])
    const last = read.slice(read.lastIndexOf('HTTP/1.1'))
    assert.match(last, /\r\nConnection: close\r\n/)
    assert.match(last, /"access_token"/)
  })
})

function isRefused(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('error', () => resolve(true)).once('connect', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
