/** Accounts (organisations) over HTTP: made, seen, renamed, stopped; their members, and the keys a member made. */
import { type AccountChange, createAccount, disableAccount, enableAccount, renameAccount } from '@latchwork/accounts'
import { refuse } from '@latchwork/kernel'
import type { FastifyRequest } from 'fastify'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { makerOf } from '../keys/maker.ts'
import { ListQuery, listFilterOf, stateOf } from '../list-query.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, guarded, NoContent, pageOf } from '../schemas.ts'
import { memberKeyRoutes } from './member-keys.ts'
import { memberRoutes } from './members.ts'
import { AccountParams, AccountRequest, AccountShape, shapeOfAccount, tags } from './shapes.ts'

export function accountRoutes(app: Typed, site: Site): void {
  makingRoute(app, site)
  readingRoutes(app, site)
  changingRoutes(app, site)
  memberRoutes(app, site)
  memberKeyRoutes(app, site)
}

function makingRoute(app: Typed, site: Site): void {
  app.post(
    '/v1/accounts',
    guarded('keys:write', { tags, summary: 'Make an account (organisation)', ...namedCall, body: AccountRequest, response: { 201: AccountShape } }),
    async (request, reply) => {
      const { kind, id, origin } = makerOf(site, request)
      const { accounts } = site.installation
      const { account, isRepeated } = await createAccount(accounts, request.body.name, { actor: { kind, id }, origin }, site.clock.now(), callNameOf(request))
      return markRepeated(reply, isRepeated).code(201).send(shapeOfAccount(account))
    },
  )
}

function readingRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  app.get(
    '/v1/accounts',
    guarded('keys:read', {
      tags,
      summary: 'Accounts, newest first',
      querystring: closed({ ...ListQuery, state: stateOf(['active', 'disabled'], 'Of these alone.') }),
      response: { 200: pageOf(AccountShape) },
    }),
    async (request) => {
      const { items, ...rest } = await store.accounts.listAccounts(listFilterOf(request.query))
      return { items: items.map(shapeOfAccount), ...rest }
    },
  )
  app.get(
    '/v1/accounts/:id',
    guarded('keys:read', { tags, summary: 'One account', params: AccountParams, response: { 200: AccountShape } }),
    async (request) => {
      const account = await store.accounts.findAccount(request.params.id)
      return account === undefined ? refuse('not_found', { detail: 'There is no account with this id.' }) : shapeOfAccount(account)
    },
  )
}

function changingRoutes(app: Typed, site: Site): void {
  const { accounts, longestTokenMs } = site.installation
  const changeOf = (request: FastifyRequest, accountId: string): AccountChange => {
    const { kind, id, origin } = makerOf(site, request)
    const call = callNameOf(request)
    return { accountId, actor: { kind, id }, origin, now: site.clock.now(), ...(call && { call }) }
  }
  app.patch(
    '/v1/accounts/:id',
    guarded('keys:write', {
      tags,
      summary: 'Give an account another name',
      ...namedCall,
      params: AccountParams,
      body: AccountRequest,
      response: { 200: AccountShape },
    }),
    async (request, reply) => {
      const { answer, isRepeated } = await renameAccount(accounts, changeOf(request, request.params.id), request.body.name)
      return markRepeated(reply, isRepeated).send(shapeOfAccount(answer))
    },
  )
  app.post(
    '/v1/accounts/:id/disable',
    guarded('keys:write', {
      tags,
      summary:
        'Stop an account, at once and everywhere: its keys and applications, and sign-ins of people whose own it is. Nothing is deleted. Again changes nothing',
      ...namedCall,
      params: AccountParams,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const { isRepeated } = await disableAccount(accounts, changeOf(request, request.params.id), longestTokenMs)
      return markRepeated(reply, isRepeated).code(204).send(null)
    },
  )
  app.post(
    '/v1/accounts/:id/enable',
    guarded('keys:write', {
      tags,
      summary: 'Let a disabled account go on: what was stopped works again, but for signed tokens (JWT) of before. Again changes nothing',
      ...namedCall,
      params: AccountParams,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const { isRepeated } = await enableAccount(accounts, changeOf(request, request.params.id))
      return markRepeated(reply, isRepeated).code(204).send(null)
    },
  )
}
