/** A foreign authorization server, by its metadata. */
import { checkFacts, type Report } from '../finding.ts'
import { readServer } from './read-server.ts'
import { serverRules } from './rules.ts'

/**
 * Asks for the metadata and the key set, and for nothing else: no request is made that a client would not make.
 * @param address the issuer, or the address of its metadata.
 * @throws UnreadableServer.
 */
export async function auditServer(address: string): Promise<Report> {
  const { facts, note } = await readServer(address)
  const report = checkFacts(serverRules, facts)
  return note === undefined ? report : { ...report, notes: [...report.notes, { at: facts.found, text: `names a key set that could not be used: ${note}` }] }
}
