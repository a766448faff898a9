/** Accounts on the wire. */
import type { Account } from '@latchwork/accounts'
import { type Static, Type } from '../../json-schema.ts'
import { closed, Time, timeThat } from '../schemas.ts'

export const tags = ['accounts']
export const AccountRequest = closed({ name: Type.String({ minLength: 1, maxLength: 100 }) }, { title: 'AccountRequest' })
export const AccountShape = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    createdAt: Time,
    disabledAt: Type.Optional(timeThat('Since when nothing of it works.')),
  },
  { title: 'Account' },
)
export const AccountParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export const MemberParams = Type.Object({ id: Type.String({ maxLength: 64 }), userId: Type.String({ maxLength: 64 }) })

export function shapeOfAccount({ id, name, createdAt, disabledAt }: Account): Static<typeof AccountShape> {
  return { id, name, createdAt: new Date(createdAt).toISOString(), ...(disabledAt === undefined ? {} : { disabledAt: new Date(disabledAt).toISOString() }) }
}
