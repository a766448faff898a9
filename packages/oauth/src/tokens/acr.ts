/** How strongly a person has proven themselves (`acr`, OpenID Connect Core §2), told from how they did (`amr`, RFC 8176): never more than is true. */

interface Row {
  readonly acr: string
  readonly isReached: (methods: readonly string[]) => boolean
}

/** The strongest first. Absolute URIs, as Core §2 asks of values that two parties have not agreed on. */
const rows: readonly Row[] = [
  // RFC 8176 §2: `mfa` says that several of the methods beside it were needed together.
  { acr: 'urn:latchwork:acr:multi-factor', isReached: (methods) => methods.includes('mfa') },
  { acr: 'urn:latchwork:acr:one-factor', isReached: (methods) => methods.length > 0 },
]

/** The first of the preferred values that was reached, else the strongest that was; `undefined` where nothing is known of how the person signed in. */
export function acrOf(methods: readonly string[], preferred: readonly string[] = []): string | undefined {
  const reached = rows.filter(({ isReached }) => isReached(methods)).map(({ acr }) => acr)
  return preferred.find((acr) => reached.includes(acr)) ?? reached[0]
}

/** Whether these methods are enough for one of the values. */
export function reachesOneOf(methods: readonly string[], values: readonly string[]): boolean {
  return rows.some(({ acr, isReached }) => values.includes(acr) && isReached(methods))
}

/** The values that some way in leads to. */
export function reachableAcrs(waysIn: readonly (readonly string[])[]): readonly string[] {
  return rows.filter(({ isReached }) => waysIn.some(isReached)).map(({ acr }) => acr)
}
