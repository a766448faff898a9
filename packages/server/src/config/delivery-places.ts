/** Whether two delivery targets could write to one and the same place: the key of one would be lost under that of the other, and whoever may write to the one could write to the other. */
import { sep } from 'node:path'
import type { Credential, DeliveryTarget } from './delivery-target.ts'

/** The store that a target writes to, and what every name there begins with. */
interface Place {
  readonly store: string
  readonly prefix: string
}

/** `undefined` for a receiver that decides by itself what it does with each key. */
function placeOf(target: DeliveryTarget): Place | undefined {
  switch (target.kind) {
    case 'file':
      return { store: 'file', prefix: target.directory.endsWith(sep) ? target.directory : target.directory + sep }
    case 'vault':
      return { store: wordsOf('vault', target.url, target.namespace, target.mount), prefix: target.prefix }
    case 'kubernetes':
      return { store: wordsOf('kubernetes', target.url, target.namespace), prefix: target.prefix }
    case 'aws':
      return { store: wordsOf('aws', target.url, target.region, nameOf(target.accessKeyId)), prefix: target.prefix } // the key id says whose account it is
    case 'webhook':
      return undefined
  }
}

function wordsOf(...words: readonly (string | undefined)[]): string {
  return JSON.stringify(words)
}

function nameOf(credential: Credential): string {
  return 'file' in credential ? credential.file : credential.given.reveal()
}

/** For each target that shares a place with one before it, that one's name. */
export function sharedPlaces(targets: readonly DeliveryTarget[]): ReadonlyMap<DeliveryTarget, string> {
  const shared = new Map<DeliveryTarget, string>()
  for (const [index, target] of targets.entries()) {
    const other = targets.slice(0, index).find((earlier) => isWithin(placeOf(earlier), placeOf(target)))
    if (other !== undefined) shared.set(target, other.name)
  }
  return shared
}

/** One in the other, whichever is the inner. */
function isWithin(one: Place | undefined, other: Place | undefined): boolean {
  return one !== undefined && one.store === other?.store && (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix))
}
