/** What `authenticate` answers, by the name the rest of this API uses. */
import type { ProtectedHandler } from '@latchwork/verify'

export type Principal = Parameters<ProtectedHandler>[2]
