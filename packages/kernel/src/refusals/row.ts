/** What the table says of one way to say no. */
export interface RefusalRow {
  readonly status: number
  /** The error under which it is told at OAuth endpoints (RFC 6749 §5.2, §4.1.2.1, RFC 6750 §3.1). */
  readonly oauth: string
  readonly title: string
  /** The sentence a caller's developer reads when the refusing line gives no better one. */
  readonly mend: string
}
