/** `/.well-known/latchwork-key-formats`: what this installation's credentials look like, for scanners and for whoever stores them (K2); and ready rule files (K15). */
import { CHECKSUM_IN_WORDS, credentialFormats, gitleaksRules, MAX_CREDENTIAL_BYTES, trufflehogRules } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import type { Site } from '../http/site.ts'
import { paths } from '../pages/index.ts'

const HOUR_SECONDS = 3600

export function keyFormatRoutes(app: FastifyInstance, site: Site): void {
  const { brand } = site.installation.config.keys
  const publish = (path: string, mediaType: string, text: string): void => {
    app.get(path, async (_request, reply) =>
      reply
        .headers({ 'cache-control': `public, max-age=${HOUR_SECONDS}`, 'access-control-allow-origin': '*' })
        .type(mediaType)
        .send(text),
    )
  }
  publish(paths.keyFormats, 'application/json', JSON.stringify(keyFormats(site.issuer, brand)))
  publish(`${paths.keyFormats}/gitleaks.toml`, 'application/toml', gitleaksRules(brand))
  publish(`${paths.keyFormats}/trufflehog.yaml`, 'application/yaml', trufflehogRules(brand))
}

function keyFormats(issuer: string, brand: string) {
  return {
    issuer,
    brand,
    advice: `Store a credential as it is, as opaque text, and reserve ${MAX_CREDENTIAL_BYTES} bytes for it: its length may change, its limit will not.`,
    maxBytes: MAX_CREDENTIAL_BYTES,
    checksum: CHECKSUM_IN_WORDS,
    report: `${issuer}/v1/leaks`,
    rules: {
      betterleaks: `${issuer}${paths.keyFormats}/gitleaks.toml`,
      gitleaks: `${issuer}${paths.keyFormats}/gitleaks.toml`,
      trufflehog: `${issuer}${paths.keyFormats}/trufflehog.yaml`,
    },
    formats: credentialFormats(brand).map(({ kind, name, isSecret, prefixes, pattern, length, examples }) => ({
      kind,
      name,
      secret: isSecret,
      prefixes,
      pattern,
      length,
      examples,
    })),
  }
}
