import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shared } from '../kit/shared.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'

interface Described {
  readonly operationId: string
  readonly security: readonly unknown[]
  readonly requestBody?: { readonly required?: boolean; readonly content: unknown }
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly description?: string; readonly content?: object }>>
}

interface Route extends Described {
  readonly method: string
  readonly path: string
}

describe('/openapi.json', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { leaks: { webhookSecret: 'w'.repeat(40) } } }))

  it('V3: holds the management API and no page, each call by a name of its own, its protection and its answers', async () => {
    const routes = await routesOf(latchworkOf())
    assert.ok(routes.length > 50)
    assert.deepEqual(
      routes.filter(({ path }) => !/^\/(?:v1|health)\//.test(path)),
      [],
    )
    assert.equal(new Set(routes.map(({ operationId }) => operationId)).size, routes.length)
    for (const { operationId, security, responses } of routes) {
      assert.ok(Array.isArray(security), operationId)
      assert.ok(!JSON.stringify(responses).includes('Default Response'), operationId)
      assert.ok('503' in responses, operationId)
    }
    const named = (id: string): Route => routes.find(({ operationId }) => operationId === id) ?? assert.fail(id)
    assert.deepEqual(Object.keys(named('postKeysByIdRoll').responses), ['201', '400', '401', '403', '404', '413', '415', '503', 'default'])
    assert.deepEqual(Object.keys(named('postSessionsSignOut').responses), ['204', '400', '401', '403', '503', 'default'])
    assert.deepEqual(Object.keys(named('getRevocations').responses['200']?.content ?? {}), ['text/event-stream'])
    assert.deepEqual(
      ['postKeys', 'postKeysByIdRoll'].map((name) => named(name).requestBody?.required),
      [true, false],
      'what has only things to choose may be left away',
    )
    assert.ok(named('postLeaksWebhook').requestBody)
    assert.deepEqual(named('postLeaksWebhook').security, [{ signature: [] }])
  })

  it('V3: what a route without a credential, without a body and to nobody’s id answers is what the document says, in the form it says', async () => {
    const latchwork = latchworkOf()
    const { components } = (await latchwork.call('GET', '/openapi.json')).body
    for (const bearer of [undefined, latchwork.rootKey])
      for (const { method, path, operationId, responses } of await routesOf(latchwork)) {
        if (operationId === 'getRevocations' && bearer !== undefined) continue
        const answer = await latchwork.call(
          method.toUpperCase(),
          path.replaceAll(/\{\w+\}/g, 'none_0000000000000000000000'),
          bearer === undefined ? {} : { bearer },
        )
        const said = responses[answer.status]
        assert.ok(said, `${operationId}: ${answer.status} is not described`)
        if (answer.status < 400) continue
        assert.ok(said.$ref?.startsWith('#/components/responses/'), operationId)
        assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json', operationId)
        for (const member of components.schemas.Problem.required) assert.ok(member in answer.body, `${operationId}: ${member}`)
        for (const member of Object.keys(answer.body)) assert.ok(member in components.schemas.Problem.properties, `${operationId}: ${member}`)
      }
  })
})

async function routesOf(latchwork: Latchwork): Promise<readonly Route[]> {
  const { paths } = (await latchwork.call('GET', '/openapi.json')).body as { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> }
  return Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]) => ({ ...operation, method, path })))
}
