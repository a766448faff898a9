/**
 * Row 4: the only place that knows HTTP, and the only one that wires. Owns routes, pages, configuration and the server's life; leaves every decision of the three mechanisms
 * to their packages.
 */
export { type Installation, openInstallation, type Surroundings } from './compose.ts'
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts'
