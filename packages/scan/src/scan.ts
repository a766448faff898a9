/** One scan: targets in, a report out. */

import { type Baseline, isKnown } from './baseline.ts'
import { placeInLayers } from './content/image.ts'
import { type Desk, scanStream } from './content/scan-content.ts'
import { createDetect, type Detect } from './detect.ts'
import type { Finding } from './finding.ts'
import { placeInHistory, scanHistory } from './git/history.ts'
import { keepStaged, scanStaged } from './git/staged.ts'
import { type Counts, type Note, note, openLedger } from './ledger.ts'
import { budgetFor, limits } from './limits.ts'
import { entropyRule, rules } from './rules/index.ts'
import { createTextScan } from './text-scan.ts'
import { scanTree } from './tree.ts'

export type Target =
  /** A file, an archive, an image or a folder. */
  | { readonly kind: 'path'; readonly path: string }
  /** Everything in a git repository. */
  | { readonly kind: 'history'; readonly path: string }
  /** What the next commit would bring. */
  | { readonly kind: 'staged'; readonly path: string }
  | { readonly kind: 'stream'; readonly name: string; readonly pieces: AsyncIterable<Buffer> }

export interface ScanOptions {
  /** Also whatever is called a secret and looks random. Off unless said. */
  readonly findsEntropy?: boolean
  /** On unless said otherwise. */
  readonly opensArchives?: boolean
  /** Within a git working tree, leaves out what git ignores. On unless said otherwise. */
  readonly respectsGitignore?: boolean
  /** What is known and left out. */
  readonly baseline?: Baseline
  /** Called for each file or object, before it is looked at. */
  readonly onProgress?: (counts: Readonly<Counts>, place: string) => void
}

export interface Report {
  readonly findings: readonly Finding[]
  /** What was not looked at, or not to its end. */
  readonly notes: readonly Note[]
  readonly counts: Readonly<Counts>
}

/**
 * Looks at each target for keys: our own by checksum, others' by their formats.
 *
 * Does not follow links, does not fetch, runs nothing of what it finds, writes nothing (an archive over 16 MiB within another is kept for a moment in a file without a
 * name). Memory stays bounded whatever the input; what a bound cut off stands in `notes`.
 *
 * @throws GitFailure if there is no repository, the system's error if a path is not there.
 */
export async function scan(targets: readonly Target[], options: ScanOptions = {}): Promise<Report> {
  const ledger = openLedger()
  const detect = detectorFor(options.findsEntropy === true)
  const keep = (finding: Finding) => {
    if (ledger.findings.length < limits.findings) ledger.findings.push(finding)
    else if (ledger.findings.length === limits.findings) note(ledger, 'the scan', `more than ${limits.findings} finds; the rest were left`)
  }
  const desk: Desk = { ledger, text: createTextScan(detect, ledger, keep), opensArchives: options.opensArchives ?? true }
  const all: Finding[] = []
  for (const target of targets) {
    await scanTarget[target.kind](desk, target as never, options)
    all.push(...(await placeFindings(ledger.findings.splice(0), target)))
  }
  const findings = placeInLayers(all, ledger).filter((finding) => {
    if (options.baseline === undefined || !isKnown(options.baseline, finding)) return true
    ledger.counts.known++
    return false
  })
  return { findings, notes: ledger.notes, counts: ledger.counts }
}

/** Made once for each of the two: tables and patterns cost more than many a scan. */
const detectors = new Map<boolean, Detect>()

function detectorFor(findsEntropy: boolean): Detect {
  const known = detectors.get(findsEntropy) ?? createDetect(findsEntropy ? [...rules, entropyRule] : rules)
  detectors.set(findsEntropy, known)
  return known
}

type Scanners = { readonly [Kind in Target['kind']]: (desk: Desk, target: Extract<Target, { kind: Kind }>, options: ScanOptions) => Promise<void> }

const scanTarget: Scanners = {
  path: (desk, { path }, options) =>
    scanTree(desk, path, { respectsGitignore: options.respectsGitignore ?? true, onFile: (place) => options.onProgress?.(desk.ledger.counts, place) }),
  history: (desk, { path }, options) => scanHistory(desk, path, () => options.onProgress?.(desk.ledger.counts, path)),
  staged: (desk, { path }, options) => scanStaged(desk, path, () => options.onProgress?.(desk.ledger.counts, path)),
  // How long a stream is, is not known: it may unfold to what a file of a gigabyte may.
  stream: (desk, { name, pieces }) => scanStream(desk, pieces, { trail: [name], depth: 0, budget: budgetFor(limits.unfoldedBytes) }),
}

async function placeFindings(findings: readonly Finding[], target: Target): Promise<readonly Finding[]> {
  if (target.kind === 'history') return placeInHistory(findings, target.path)
  return target.kind === 'staged' ? keepStaged(findings, target.path) : findings
}
