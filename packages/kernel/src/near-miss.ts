/** What somebody meant who wrote a name that is not known. */

/** The known name nearest to the one given, if it is near enough to be meant: a slip or two, or the same letters in another case. */
export function nearMiss(given: string, known: readonly string[]): string | undefined {
  const wanted = plain(given)
  const allowed = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 4))
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of known) {
    const distance = distanceOf(wanted, plain(name))
    if (distance <= allowed && distance < plain(name).length && (best === undefined || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

/** A sentence to put behind "unknown": what was meant, or all there is if that is short. */
export function suggestion(given: string, known: readonly string[]): string {
  const meant = nearMiss(given, known)
  if (meant !== undefined) return `Did you mean ${meant}?`
  return `Known here: ${known.join(', ')}.`
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, '')
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours. */
function distanceOf(one: string, other: string): number {
  let before: readonly number[] = []
  let previous: readonly number[] = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const differs = one[row - 1] === other[column - 1] ? 0 : 1
      const steps = [at(previous, column) + 1, at(current, column - 1) + 1, at(previous, column - 1) + differs]
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current.push(Math.min(...steps, ...(swapped ? [at(before, column - 2) + 1] : [])))
    }
    before = previous
    previous = current
  }
  return at(previous, other.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
