/** The secret of every confidential test client: well-formed, and known to the whole world. */
import { digestOf, tokenOfBytes } from '@latchwork/kernel'

export const testSecret = tokenOfBytes('client_secret', Buffer.alloc(32, 1)).reveal()

/** The secret key of every test server on PostgreSQL, so that two nodes share one. */
export const testSecretKey = digestOf('the secret key of test servers')
