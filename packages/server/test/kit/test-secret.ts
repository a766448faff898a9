/** The secret of every confidential test client: well-formed, and known to the whole world. */
import { tokenOfBytes } from '@latchwork/kernel'

export const testSecret = tokenOfBytes('client_secret', Buffer.alloc(32, 1)).reveal()
