/** Ready rule files for the scanners that others run, made from the table of formats. No rule can compute a checksum: what a scanner finds may still be a look-alike. */
import { type CredentialFormat, credentialFormats, EXAMPLE_BODY } from './credential-format.ts'

/** Publishable keys are left out: they are made to be seen. */
function secretFormats(brand: string): readonly CredentialFormat[] {
  return credentialFormats(brand).filter(({ isSecret }) => isSecret)
}

const idOf = ({ kind }: CredentialFormat): string => `latchwork-${kind.replaceAll('_', '-')}`

/** A configuration for Betterleaks and gitleaks (TOML). Extends the scanner's own rules. */
export function gitleaksRules(brand: string): string {
  return `# Credentials of Latchwork, for Betterleaks and gitleaks. Made from Latchwork's own table of formats.
title = "Latchwork"

[extend]
useDefault = true
${secretFormats(brand).map(gitleaksRule).join('')}`
}

function gitleaksRule(format: CredentialFormat): string {
  return `
[[rules]]
id = "${idOf(format)}"
description = "Latchwork ${format.name}"
regex = '''${format.pattern}'''
keywords = [${format.prefixes.map((prefix) => `"${prefix}"`).join(', ')}]

[[rules.allowlists]]
description = "Published examples, which are nobody's"
stopwords = ["${EXAMPLE_BODY}"]
`
}

/** Custom detectors for TruffleHog (YAML). */
export function trufflehogRules(brand: string): string {
  return `# Credentials of Latchwork, for TruffleHog. Made from Latchwork's own table of formats.
detectors:
${secretFormats(brand).map(trufflehogDetector).join('')}`
}

function trufflehogDetector(format: CredentialFormat): string {
  return `  - name: ${idOf(format)}
    keywords:
${format.prefixes.map((prefix) => `      - ${prefix}\n`).join('')}    regex:
      credential: '${format.pattern}'
    exclude_words:
      - '${EXAMPLE_BODY}'
`
}
