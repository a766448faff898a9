import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { parseToken, timedDigestOf } from '@latchwork/kernel'
import { aboutOf, type Grant, mintRefreshToken } from '../src/index.ts'

const DAY = 24 * 3600_000
const T0 = 1_800_000_000_000
const key = Buffer.alloc(32, 1)
const lifetimes = { idleMs: 30 * DAY, absoluteMs: 365 * DAY }
const grant = { id: 'grt_one', createdAt: T0 }

describe('mintRefreshToken', () => {
  it('J5 O9: one grant and generation is one token, made again from the server’s key; its text is nowhere stored', () => {
    const minted = mintRefreshToken(key, grant, 3, lifetimes, T0)
    const text = minted.secret.reveal()
    assert.ok(parseToken('refresh_token', text))
    assert.equal(parseToken('access_token', text), undefined)
    assert.equal(mintRefreshToken(key, grant, 3, { idleMs: DAY, absoluteMs: DAY }, T0).secret.reveal(), text)
    assert.notEqual(mintRefreshToken(key, grant, 3, lifetimes, T0 + 1).secret.reveal(), text, 'the time it was made is part of it')
    assert.equal(minted.record.digest, timedDigestOf(text))
    assert.ok(!JSON.stringify(minted).includes(text) && !inspect(minted).includes(text))
  })

  it('O9: another generation, grant or key is another token', () => {
    const texts = [
      mintRefreshToken(key, grant, 0, lifetimes, T0),
      mintRefreshToken(key, grant, 1, lifetimes, T0),
      mintRefreshToken(key, grant, 10, lifetimes, T0),
      mintRefreshToken(key, { ...grant, id: 'grt_one 1' }, 0, lifetimes, T0),
      mintRefreshToken(key, { ...grant, id: 'grt_two' }, 0, lifetimes, T0),
      mintRefreshToken(Buffer.alloc(32, 2), grant, 0, lifetimes, T0),
    ].map(({ secret }) => secret.reveal())
    assert.equal(new Set(texts).size, texts.length)
  })

  it('O9 J5: lives until it is not used for long enough, and never beyond its grant', () => {
    const endOf = (now: number): number => mintRefreshToken(key, grant, 1, lifetimes, now).record.expiresAt
    assert.equal(endOf(T0), T0 + 30 * DAY)
    assert.equal(endOf(T0 + 100 * DAY), T0 + 130 * DAY)
    assert.equal(endOf(T0 + 335 * DAY), T0 + 365 * DAY)
    assert.equal(endOf(T0 + 364 * DAY), T0 + 365 * DAY)
  })
})

describe('aboutOf', () => {
  it('E1: names whom and what a refusal concerns, with no member that is not there', () => {
    const bare: Grant = { id: 'grt_1', kind: 'session', userId: 'usr_1', scopes: [], audience: [], authenticatedAt: T0, createdAt: T0 }
    assert.deepEqual(aboutOf(bare), { userId: 'usr_1', grantId: 'grt_1' })
    assert.deepEqual(aboutOf({ ...bare, clientId: 'app', sessionId: 'ses_1', consentId: 'con_1' }), {
      userId: 'usr_1',
      grantId: 'grt_1',
      clientId: 'app',
      sessionId: 'ses_1',
    })
  })
})
