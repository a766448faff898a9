/**
 * Container images: which archive is which layer, and what a later layer takes away. Layers are looked at as they come; their order is told by documents beside them
 * (docker-archive's manifest.json, the OCI layout's index.json and manifests), read when all is seen.
 */
import type { Finding, Layer } from '../finding.ts'
import { joinTrail, type Ledger } from '../ledger.ts'
import { limits } from '../limits.ts'

const WHITEOUT = '.wh.'
/** Takes away everything that lower layers have in its folder (OCI image specification, "Whiteouts"). */
const OPAQUE = '.wh..wh..opq'
const BLOB = /(?:^|\/)blobs\/sha256\/[0-9a-f]{64}$/

export function isImageDocument(trail: readonly string[]): boolean {
  const name = trail.at(-1) ?? ''
  return /(?:^|\/)(?:manifest|index)\.json$/.test(name) || BLOB.test(name)
}

export function noteWhiteout(ledger: Ledger, trail: readonly string[], name: string): void {
  if (!name.slice(name.lastIndexOf('/') + 1).startsWith(WHITEOUT) || ledger.whiteoutCount >= limits.whiteouts) return
  const layer = joinTrail(trail)
  const known = ledger.whiteouts.get(layer) ?? []
  known.push(name.replace(/^(?:\.?\/)+/, ''))
  ledger.whiteouts.set(layer, known)
  ledger.whiteoutCount++
}

/** The findings, those in layers of an image told so. */
export function placeInLayers(findings: readonly Finding[], ledger: Ledger): readonly Finding[] {
  const places = new Map<string, { readonly layers: readonly string[]; readonly index: number }>()
  for (const layers of findImages(ledger.documents)) layers.forEach((layer, index) => void (places.has(layer) || places.set(layer, { layers, index })))
  if (places.size === 0) return findings
  return findings.map((finding) => {
    const { trail } = finding.place
    for (let depth = 1; depth < trail.length; depth++) {
      const found = places.get(joinTrail(trail.slice(0, depth)))
      if (found === undefined) continue
      const deletedIn = deletionOf((trail[depth] ?? '').replace(/^(?:\.?\/)+/, ''), found.layers, found.index, ledger)
      const layer: Layer = { number: found.index + 1, of: found.layers.length, ...(deletedIn === undefined ? {} : { deletedIn }) }
      return { ...finding, place: { ...finding.place, layer } }
    }
    return finding
  })
}

function deletionOf(path: string, layers: readonly string[], index: number, ledger: Ledger): number | undefined {
  const later = layers.slice(index + 1).findIndex((layer) => ledger.whiteouts.get(layer)?.some((whiteout) => takesAway(whiteout, path)))
  return later === -1 ? undefined : index + later + 2
}

function takesAway(whiteout: string, path: string): boolean {
  const cut = whiteout.lastIndexOf('/') + 1
  const [folder, name] = [whiteout.slice(0, cut), whiteout.slice(cut)]
  if (name === OPAQUE) return path.startsWith(folder)
  const gone = folder + name.slice(WHITEOUT.length)
  return path === gone || path.startsWith(`${gone}/`)
}

/** Each image as its layers' joined trails, lowest first. */
function findImages(documents: ReadonlyMap<string, Buffer>): readonly (readonly string[])[] {
  return [...documents].flatMap(([place, bytes]) => {
    const name = /(?:manifest|index)\.json$/.exec(place)?.[0]
    if (name === undefined) return []
    const root = place.slice(0, -name.length)
    const content = parse(bytes)
    return name === 'manifest.json' ? dockerLayers(root, content) : ociLayers(root, content, documents, 0)
  })
}

function dockerLayers(root: string, content: unknown): readonly (readonly string[])[] {
  if (!Array.isArray(content)) return []
  return (content as readonly { readonly Layers?: unknown }[]).flatMap((image) =>
    Array.isArray(image?.Layers) && image.Layers.every((layer) => typeof layer === 'string') ? [image.Layers.map((layer: string) => root + layer)] : [],
  )
}

const MAX_INDEX_DEPTH = 4

function ociLayers(root: string, content: unknown, documents: ReadonlyMap<string, Buffer>, depth: number): readonly (readonly string[])[] {
  const { manifests, layers } = (content ?? {}) as { readonly manifests?: unknown; readonly layers?: unknown }
  if (Array.isArray(layers)) return [layers.map((layer) => root + blobPath(layer))]
  if (!Array.isArray(manifests) || depth >= MAX_INDEX_DEPTH) return []
  return manifests.slice(0, limits.documents).flatMap((manifest) => {
    const bytes = documents.get(root + blobPath(manifest))
    return bytes === undefined ? [] : ociLayers(root, parse(bytes), documents, depth + 1)
  })
}

function blobPath(descriptor: unknown): string {
  const { digest } = (descriptor ?? {}) as { readonly digest?: unknown }
  return typeof digest === 'string' ? `blobs/${digest.replace(':', '/')}` : ''
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
