/** `WWW-Authenticate` (RFC 9110 §11.6.1): challenges, each a scheme and its parameters. */
export interface AuthenticationChallenge {
  /** In small letters. */
  readonly scheme: string
  /** Names in small letters; of two of one name the first. */
  readonly parameters: ReadonlyMap<string, string>
}

const MAX_LENGTH = 8192
const PARAMETER = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:/-]+))|([\w!#$%&'*+.^`|~-]+)/g

export function parseChallenges(text: string): readonly AuthenticationChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (const [, name, quoted, plain, scheme] of text.slice(0, MAX_LENGTH).matchAll(PARAMETER)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    else if (name !== undefined) {
      const { parameters } = challenges.at(-1) ?? {}
      if (parameters !== undefined && !parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
    }
  }
  return challenges
}
