/** A server in a process of its own, to be killed. Its clock goes ahead by as much as it is told, so that a lease that a killed one held is over. */
import { startServer } from '@latchwork/server'
import { type LatchworkConfig, loadConfig } from '@latchwork/server/config'

const { given, ahead } = JSON.parse(process.env['LATCHWORK_TEST_ROTATING'] ?? '{}') as { readonly given: LatchworkConfig; readonly ahead: number }
const config = await loadConfig({ flags: {}, env: {}, cwd: process.cwd(), given })
const server = await startServer(config, { clock: { now: () => Date.now() + ahead } })
process.send?.({ issuer: server.issuer })
process.on('message', () => void server.installation.rotationDesk.run().then(() => process.send?.('looked')))
