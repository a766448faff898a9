/** Shapes of rotations on the wire. */
import type { AskedRotation, Rotation, RotationAttempt, RotationPolicy, RotationState } from '@latchwork/api-keys'
import { type Static, Type } from '../../json-schema.ts'
import { closed, Environment, Time, timeThat } from '../schemas.ts'

const Span = (description: string) => Type.Optional(Type.Integer({ minimum: 300, maximum: 63_244_800, description }))
const schedule = {
  maxAgeSeconds: Span('The greatest age of a key.'),
  everySeconds: Span('So long after the last rotation.'),
  cron: Type.Optional(Type.String({ maxLength: 100, description: 'Five fields: minute, hour, day of month, month, day of week.' })),
  timeZone: Type.Optional(Type.String({ maxLength: 64, description: 'The zone that cron is meant in; UTC unless said otherwise.' })),
}
const overlapSeconds = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 604_800,
    description: 'How long the old key lives on after the first use of the new one; a day, or a quarter of the shortest time between two rotations.',
  }),
)
const place = {
  target: Type.String({ maxLength: 64, description: 'Name of a delivery target of the configuration.' }),
  path: Type.String({ maxLength: 256, description: 'Where in the target; {key} stands for the id of the key that the line began with.' }),
}

export const RotationRequest = closed({ ...schedule, overlapSeconds, ...place }, { title: 'RotationRequest' })
export const AccountRotationRequest = closed(
  { ...schedule, overlapSeconds, ...place, environment: Type.Optional(Environment) },
  { title: 'AccountRotationRequest' },
)

export const PolicyShape = Type.Object(
  {
    accountId: Type.String(),
    environment: Environment,
    ...schedule,
    overlapSeconds: Type.Integer(),
    ...place,
    createdBy: Type.String(),
    createdAt: Time,
  },
  { title: 'RotationPolicy' },
)

export const AttemptShape = Type.Object(
  {
    at: Time,
    outcome: Type.Enum(['delivered', 'failed', 'refused']),
    note: Type.String({ description: 'What the target or the server said, in public words.' }),
    keyId: Type.String({ description: 'The key that is rotated.' }),
    successorId: Type.Optional(Type.String()),
  },
  { title: 'RotationAttempt' },
)

export const RotationShape = Type.Object(
  {
    keyId: Type.String(),
    ...PolicyShape.properties,
    ofAccount: Type.Boolean({ description: 'Set for the account, not for this key.' }),
    state: Type.Enum(['waiting', 'delivering', 'paused', 'ended'], {
      description: 'paused: nothing is rotated until what reason names is enabled. ended: the key has ended, and the rotation with it.',
    }),
    reason: Type.Optional(Type.String({ description: 'Of paused: key_disabled or account_disabled. Of ended: key_ended.' })),
    dueAt: Type.Optional(Time),
    nextAttemptAt: Type.Optional(timeThat('Where attempts failed: when it is tried again.')),
    failures: Type.Integer({ description: 'Attempts that failed since the last that did not.' }),
    successorId: Type.Optional(Type.String({ description: 'The key that is made and not delivered yet.' })),
    lastRotatedAt: Type.Optional(Time),
    attempts: Type.Optional(Type.Array(AttemptShape, { description: 'Newest first.' })),
  },
  { title: 'Rotation' },
)

export const TargetShape = Type.Object(
  {
    name: Type.String(),
    kind: Type.String(),
    accounts: Type.Optional(Type.Array(Type.String())),
    environments: Type.Optional(Type.Array(Environment)),
  },
  { title: 'DeliveryTarget' },
)

const iso = (time: number): string => new Date(time).toISOString()

export function askedRotation(request: Static<typeof RotationRequest>): AskedRotation {
  const { maxAgeSeconds, everySeconds, cron, timeZone = 'UTC', overlapSeconds: overlap, target, path } = request
  return {
    target,
    path,
    ...(overlap === undefined ? {} : { overlapMs: overlap * 1000 }),
    schedule: {
      ...(maxAgeSeconds === undefined ? {} : { maxAgeMs: maxAgeSeconds * 1000 }),
      ...(everySeconds === undefined ? {} : { everyMs: everySeconds * 1000 }),
      ...(cron === undefined ? {} : { cron: { expression: cron, timeZone } }),
    },
  }
}

export function shapeOfPolicy({ accountId, environment, schedule, overlapMs, target, path, createdBy, createdAt }: RotationPolicy): Static<typeof PolicyShape> {
  const { maxAgeMs, everyMs, cron } = schedule
  return {
    accountId,
    environment,
    ...(maxAgeMs === undefined ? {} : { maxAgeSeconds: maxAgeMs / 1000 }),
    ...(everyMs === undefined ? {} : { everySeconds: everyMs / 1000 }),
    ...(cron === undefined ? {} : { cron: cron.expression, timeZone: cron.timeZone }),
    overlapSeconds: overlapMs / 1000,
    target,
    path,
    createdBy,
    createdAt: iso(createdAt),
  }
}

export function shapeOfRotation(rotation: Rotation, { state, reason, dueAt }: RotationState): Static<typeof RotationShape> {
  const { keyId, policy, line, nextAt, failures, successorId, lastRotatedAt } = rotation
  return {
    keyId,
    ...shapeOfPolicy(policy),
    path: policy.path.replaceAll('{key}', line),
    ofAccount: policy.keyId === undefined,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    ...(failures === 0 || state === 'ended' ? {} : { nextAttemptAt: iso(nextAt) }),
    failures,
    ...(successorId === undefined ? {} : { successorId }),
    ...(lastRotatedAt === undefined ? {} : { lastRotatedAt: iso(lastRotatedAt) }),
  }
}

export function shapeOfAttempt({ at, ...attempt }: RotationAttempt): Static<typeof AttemptShape> {
  return { at: iso(at), ...attempt }
}
