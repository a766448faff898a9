/** A server in a process of its own, to be killed: reads its configuration (JSON) from the environment, says where it listens, and lives until it is told to end. */
import { startServer } from '@latchwork/server'
import { type LatchworkConfig, loadConfig } from '@latchwork/server/config'

const given = JSON.parse(process.env['LATCHWORK_TEST_CONFIG'] ?? '{}') as LatchworkConfig
const config = await loadConfig({ flags: {}, env: {}, cwd: process.cwd(), given })
const server = await startServer(config)
process.send?.({ issuer: server.issuer })
