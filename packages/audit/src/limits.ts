/** What is bounded, so that nothing that is looked at can take the machine down. */
export const limits = {
  /** Files over this are left out, with a note: what people write by hand is smaller. */
  fileBytes: 2 * 1024 * 1024,
  /** Metadata and key sets of a foreign server. */
  documentBytes: 1024 * 1024,
  documentMs: 10_000,
  tokenBytes: 64 * 1024,
  /** Findings of one rule in one file; the rest is counted in a note. */
  findingsPerRuleAndFile: 50,
} as const
