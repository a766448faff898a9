/** Which key signs at a moment. A function of the records and the clock, so that nodes agree without a word at the moment of the change. */
import type { SigningAlgorithm, SigningKeyRecord } from './store.ts'

/** A key, and the moments between which it is the one: `from` inclusive, `until` exclusive. */
export interface Chosen {
  readonly key: SigningKeyRecord
  readonly from: number
  readonly until: number
}

/**
 * The next key once its moment has come, else the current one. Where only one of them can be signed with, it is that one: both are published, so either is good.
 * @param canSign whether the private half is at hand.
 */
export function chooseKey(
  records: readonly SigningKeyRecord[],
  algorithm: SigningAlgorithm,
  now: number,
  canSign: (key: SigningKeyRecord) => boolean,
): Chosen | undefined {
  const usable = records.filter((key) => key.algorithm === algorithm && canSign(key))
  const next = usable.find((key) => key.state === 'next')
  const current = usable.find((key) => key.state === 'current')
  if (next === undefined || current === undefined) {
    const only = next ?? current
    return only && { key: only, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
  }
  return next.activatesAt <= now
    ? { key: next, from: next.activatesAt, until: Number.POSITIVE_INFINITY }
    : { key: current, from: Number.NEGATIVE_INFINITY, until: next.activatesAt }
}
