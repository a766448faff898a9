import assert from 'node:assert/strict'
import { it } from 'node:test'
import { digestOf, mintKey, mintToken, redactCredentials, type Secret } from '@latchwork/kernel'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, idOf, newAccessToken, newAuthorization, newClient, newKey, newPerson, newRefreshToken, newSession, noJournal, T0 } from './records.ts'

describeOnEachEngine('what is stored', (node, database) => {
  it('K3: holds no secret after a full run: no key, token, code, link or client secret', async () => {
    const planted: Secret[] = []
    const plant = (secret: Secret) => {
      planted.push(secret)
      return { digest: digestOf(secret.reveal()), fingerprint: secret.fingerprint }
    }
    const store = node()
    const link = { digest: plant(mintToken('one_time_link')).digest, purpose: 'first_operator' as const, createdAt: T0, expiresAt: T0 + HOUR }
    await store.accounts.saveOneTimeLink(link, noJournal)
    const person = newPerson({ isOperator: true })
    assert.equal(await store.accounts.claimFirstOperator(link.digest, person, T0, noJournal), 'claimed')
    const session = newSession(person.user.id)
    const login = { ...session.login, digest: plant(mintToken('login_session')).digest }
    await store.sessions.startSession({ ...session, login, refreshToken: { ...session.refreshToken, ...plantedDigest('refresh_token') } }, noJournal)
    const client = newClient()
    await store.oauth.createClient(client, plant(mintToken('client_secret')).digest, noJournal)
    const parties = { userId: person.user.id, accountId: person.account.id, clientId: client.id, sessionId: login.id }
    const authorization = newAuthorization(parties)
    const code = { ...authorization.code, ...plantedDigest('authorization_code') }
    await store.oauth.authorize({ ...authorization, code }, noJournal)
    const accessToken = { ...newAccessToken(authorization.grant, client.id), ...plant(mintToken('access_token')) }
    const refreshToken = { ...newRefreshToken(authorization.grant.id, 0), ...plantedDigest('refresh_token') }
    assert.equal(await store.oauth.redeemCode({ codeDigest: code.digest, now: T0, accessToken, refreshToken }, noJournal), true)
    const successor = { ...newRefreshToken(authorization.grant.id, 1), ...plantedDigest('refresh_token') }
    assert.equal(await store.authority.rotateRefreshToken({ consumedDigest: refreshToken.digest, now: T0, successor }, noJournal), true)
    const rootKey = { id: idOf('root_key'), name: 'ops', scopes: [], createdAt: T0, ...plant(mintToken('root_key')) }
    await store.apiKeys.createRootKey(rootKey, noJournal)
    for (const kind of ['sk', 'rk', 'pk', 'pat'] as const) {
      const key = newKey(person.account.id, { kind, ...plant(mintKey(kind, 'live', 'lw')) })
      const about = { credentialId: key.id, fingerprint: key.fingerprint }
      await store.apiKeys.createKey(key, { events: [{ type: 'key.created', at: T0, actor: { kind: 'system' }, ...about }], revocations: [] })
    }

    function plantedDigest(kind: Parameters<typeof mintToken>[0]): { readonly digest: string } {
      return { digest: plant(mintToken(kind)).digest }
    }

    const dump = await database().dump()
    assert.equal(planted.length, 13)
    assert.ok(dump.includes(accessToken.digest) && dump.includes(rootKey.fingerprint), 'the dump shows what is stored')
    for (const secret of planted) {
      const text = secret.reveal()
      assert.ok(!dump.includes(text), secret.fingerprint)
      assert.ok(!dump.includes(text.slice(-49, -6)), `the secret part of ${secret.fingerprint}`)
    }
    assert.equal(redactCredentials(dump), dump, 'and nothing that looks like one')
  })
})
