import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fastify from 'fastify'
import { gatherRoutes } from '../../src/http/described-routes.ts'
import { nameSchemas } from '../../src/http/named-schemas.ts'
import type { Site } from '../../src/http/site.ts'
import { shared } from '../kit/shared.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'

interface Described {
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly schema: object }[]
  readonly security: readonly object[]
  readonly requestBody?: { readonly required?: boolean; readonly content: unknown }
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly description?: string; readonly headers?: object; readonly content?: object }>>
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

  it('V3: clients that are generated from it have one type for each shape, words instead of unions, times as times, and each operation says what it needs', async () => {
    const { tags, components, info } = (await latchworkOf().call('GET', '/openapi.json')).body
    const routes = await routesOf(latchworkOf())
    const text = JSON.stringify(routes) + JSON.stringify(components)
    assert.equal(info.license.identifier, 'Apache-2.0')
    for (const [name] of Object.entries(components.schemas)) assert.ok(text.includes(`"#/components/schemas/${name}"`), name)
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) assert.ok(name !== undefined && name in components.schemas, name)
    for (const name of ['ApiKey', 'ApiKeyPage', 'Client', 'Event', 'KeyAnswer', 'KeyRequest', 'MadeKey', 'Person', 'Principal'])
      assert.ok(name in components.schemas, name)
    assert.doesNotMatch(text, /"anyOf":\[(\{"type":"string","(enum":\[|const":)"\w+"\]?\},?)+\]/)
    assert.doesNotMatch(text, /\{"enum":/, 'an enum says of what type it is')
    assert.deepEqual(components.schemas.ApiKey.properties.environment, { $ref: '#/components/schemas/Environment' })
    for (const [name, { properties = {} }] of Object.entries<{
      readonly properties?: Readonly<Record<string, { readonly type?: string; readonly format?: string }>>
    }>(components.schemas))
      for (const [member, { type, format }] of Object.entries(properties))
        if (/(At|Since|Before)$/.test(member) && type === 'string') assert.equal(format, 'date-time', `${name}.${member}`)
    const known = new Set(tags.map(({ name, description }: { readonly name: string; readonly description: string }) => description !== '' && name))
    const needs = new Set(routes.flatMap(({ security }) => security.flatMap((scheme) => Object.keys(scheme))))
    assert.deepEqual([...needs].sort(), Object.keys(components.securitySchemes).sort())
    assert.equal(components.schemas.KeyRequest.properties.name.maxLength, 100, 'as a name is checked')
    const { security } = routes.find(({ operationId }) => operationId === 'postSessionsSignOut') ?? assert.fail()
    assert.deepEqual(security, [{ refreshCookie: [] }, {}], 'who has no cookie is signed out already')
    for (const { operationId, summary, description, tags: own = [], parameters = [], responses } of routes) {
      assert.ok(summary && description, operationId)
      assert.ok(own.length === 1 && known.has(own[0]), operationId)
      const isNamed = parameters.some(({ name }) => name === 'idempotency-key')
      const made = Object.entries(responses).filter(([status]) => /^2/.test(status))
      for (const [, { headers = {} }] of made) assert.equal('Idempotency-Replayed' in headers, isNamed, operationId)
    }
  })

  it('R6: is written once, since anybody may ask for it', async () => {
    const app = fastify()
    const ask = gatherRoutes(app, { issuer: 'https://auth.example.com' } as Site)
    app.get('/v1/things', { schema: { summary: 'Things' } }, () => '')
    const [first, second] = [await ask(), await ask()]
    assert.ok(Buffer.isBuffer(first) && first === second)
    assert.equal(JSON.parse(first.toString()).paths['/v1/things'].get.operationId, 'getThings')
    assert.equal((await latchworkOf().call('GET', '/openapi.json')).headers.get('content-type'), 'application/json')
  })

  it('V3: no two shapes have one name', () => {
    const twice = (second: object) => nameSchemas({ a: { title: 'A', type: 'string' }, b: second })
    assert.deepEqual(twice({ title: 'A', type: 'string' }), {
      paths: { a: { $ref: '#/components/schemas/A' }, b: { $ref: '#/components/schemas/A' } },
      schemas: { A: { type: 'string' } },
    })
    assert.throws(() => twice({ title: 'A', type: 'integer' }), /two shapes have the title A/)
    assert.deepEqual(twice({ properties: { title: { type: 'string' } } }).paths, {
      a: { $ref: '#/components/schemas/A' },
      b: { properties: { title: { type: 'string' } } },
    })
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
