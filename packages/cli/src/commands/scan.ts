/** `latchwork scan`: keys where they should not be. Exit codes: 0 clean, 1 something was found, 2 it could not be done. */
import type { Command } from '../command.ts'
import { serverFlag } from '../server-call.ts'

export const scanCommand: Command = {
  name: 'scan',
  summary: "Find keys where they should not be: ours by checksum, other vendors' by their formats.",
  moreOperands: 'PATH',
  flags: [
    { name: 'history', help: 'Look at everything in the git repository at PATH: every branch, stash and dropped commit.' },
    { name: 'staged', help: 'Look at what the next commit would bring.' },
    { name: 'gitignore', canBeNegated: true, help: 'In a git working tree, leave out what git ignores. On unless said otherwise.' },
    { name: 'archives', canBeNegated: true, help: 'Look into archives and images. On unless said otherwise.' },
    { name: 'entropy', help: 'Also find whatever is called a secret and looks random.' },
    { name: 'format', value: 'FORMAT', help: 'text, json or sarif.' },
    { name: 'baseline', value: 'FILE', help: 'Leave out what this file knows.' },
    { name: 'write-baseline', value: 'FILE', help: 'Write down what is found as known, and end with 0.' },
    { name: 'strict', help: 'End with 2 if anything could not be read to its end.' },
    { name: 'report', help: 'Send live keys of ours to the server, which ends them as its policy says.' },
    serverFlag,
    { name: 'url', value: 'URL', help: 'With --report: where they were found, for others to see.' },
    { name: 'brand', value: 'BRAND', isRepeatable: true, help: 'With --report: only keys of this brand. With --rules: whose.' },
    { name: 'rules', value: 'SCANNER', help: 'Print rules for gitleaks, betterleaks or trufflehog, and end.' },
  ],
  example: ['latchwork scan', 'latchwork scan --staged', 'latchwork scan --history --format sarif > scan.sarif', 'docker save app | latchwork scan -'],
  more:
    'PATH is a folder, a file, an archive (ZIP, APK, IPA, tar, gzip, Zstandard), a container image (docker save, OCI layout), or - for standard input; the current folder ' +
    'unless said otherwise. A line that says latchwork:allow is left out. Exit codes: 0 clean, 1 something was found, 2 it could not be done.',
  run: async (invocation) => (await import('../scan/run-scan.ts')).runScan(invocation),
}
