/** Whether two lots of samples have one mean (B. L. Welch, 1947). */

/** Samples above this share of all are left out: a garbage collection says nothing of the code before it. */
const KEPT = 0.95

/** Welch's t of two lots of times, the slowest left out: beyond ±4.5 their means differ (the threshold that dudect uses). */
export function welchT(one: readonly number[], other: readonly number[]): number {
  const bound = [...one, ...other].sort((a, b) => a - b)[Math.floor((one.length + other.length) * KEPT)] ?? Number.POSITIVE_INFINITY
  const [first, second] = [one, other].map((samples) => momentsOf(samples.filter((sample) => sample < bound))) as [Moments, Moments]
  return (first.mean - second.mean) / Math.sqrt(first.variance / first.count + second.variance / second.count)
}

interface Moments {
  readonly count: number
  readonly mean: number
  readonly variance: number
}

function momentsOf(samples: readonly number[]): Moments {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0)
  return { count: samples.length, mean, variance: squares / (samples.length - 1) }
}
