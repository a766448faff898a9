import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { shared } from '../kit/shared.ts'
import { type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import type { Visit } from '../kit/web-browser.ts'
import { asRoot, formTokenOf, operatorOf } from './calls.ts'

const SECRET = /(?:(?:sk|rk|pat)_(?:live|test)_lw|lw_root)_[0-9A-Za-z]{49}/g
const secretsIn = (page: Visit): number => new Set(page.text.match(SECRET)).size

describe('forms that make keys', () => {
  const latchworkOf = shared((t) => startLatchwork(t))
  const operator = shared(() => operatorOf(latchworkOf()))

  const forms = [
    { what: 'a secret key', path: '/operator/keys', fields: { name: 'one', kind: 'sk', environment: 'test', scope: 'notes:read' } },
    { what: 'a root key', path: '/operator/root-keys', at: '/operator/keys', fields: { name: 'two', scope: 'keys:read' } },
    { what: 'a personal access token', path: '/account/tokens', fields: { name: 'three', scope: 'notes:read', days: '30' } },
  ]
  const countOf = async (latchwork: Latchwork): Promise<number> => {
    const { apiKeys } = latchwork.server.installation.store
    return (await apiKeys.listKeys({ limit: 100 })).items.length + (await apiKeys.listRootKeys({ limit: 100 })).items.length
  }

  for (const { what, path, at = path, fields } of forms) {
    it(`K4 R1: ${what}: one form makes one, and shows it once, however often and at how many moments it is sent`, async () => {
      const latchwork = latchworkOf()
      const browser = operator()
      const before = await countOf(latchwork)
      const form_token = formTokenOf(await browser.open(`${latchwork.issuer}${at}`))
      const send = (more: object = {}) => browser.post(`${latchwork.issuer}${path}`, { form_token, ...fields, ...more }, { origin: latchwork.issuer })
      const pages = await Promise.all(Array.from({ length: 20 }, () => send()))
      assert.deepEqual([...new Set(pages.map(({ status }) => status))], [200])
      assert.equal(await countOf(latchwork), before + 1)
      const shown = pages.filter((page) => secretsIn(page) > 0)
      assert.equal(shown.length, 1, 'its text stands on one page')
      const keyId = /id="key-id">([^<]+)</.exec(shown[0]?.text ?? '')?.[1]
      const again = await send()
      assert.match(again.text, /was made already/)
      assert.equal(/id="key-id">([^<]+)</.exec(again.text)?.[1], keyId)
      assert.match(again.text, /id="key-fingerprint">[^<]{8}…[^<]{4}</)
      assert.equal(secretsIn(again), 0)
      assert.equal(again.headers.get('cache-control'), 'no-store')

      const changed = await send({ name: 'another' })
      assert.deepEqual([changed.status, /This form was sent before/.test(changed.text), await countOf(latchwork)], [409, true, before + 1])
      const fresh = formTokenOf(changed)
      assert.notEqual(fresh, form_token, 'the form that is shown again can be sent')
      assert.equal(secretsIn(await send({ name: 'another', form_token: fresh })), 1)
    })
  }

  it('K4: a form that was refused can be mended and sent again', async () => {
    const latchwork = latchworkOf()
    const browser = await signUp(latchwork)
    const form_token = formTokenOf(await browser.open(`${latchwork.issuer}/account/tokens`))
    const send = (name: string) => browser.post(`${latchwork.issuer}/account/tokens`, { form_token, name, days: '30' }, { origin: latchwork.issuer })
    assert.equal((await send(' ')).status, 400)
    assert.equal(secretsIn(await send('mended')), 1)
  })
})

describe('POST /v1/root-keys', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('R1 K4: takes an Idempotency-Key: 20 calls at once make one root key, and its text is answered once', async () => {
    const latchwork = latchworkOf()
    const body = { name: 'Terraform', scopes: ['keys:read'] }
    const answers = await Promise.all(Array.from({ length: 20 }, () => asRoot(latchwork, 'POST', '/v1/root-keys', body, { 'idempotency-key': 'a' })))
    assert.deepEqual(
      [new Set(answers.map((answer) => answer.body.rootKey?.id)).size, answers.filter((answer) => answer.body.secret !== undefined).length],
      [1, 1],
    )
    assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length, 19)
    refuses(await asRoot(latchwork, 'POST', '/v1/root-keys', { ...body, name: 'x' }, { 'idempotency-key': 'a' }), 409, 'idempotency_key_reused')
    const [row] = (await latchwork.server.installation.store.apiKeys.listRootKeys({ limit: 100 })).items.filter(({ name }) => name === 'Terraform')
    assert.deepEqual([row?.scopes, row?.id], [['keys:read'], answers[0]?.body.rootKey.id])
  })
})
