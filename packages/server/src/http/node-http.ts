/**
 * `node:http`, got without importing it: an import reads every export of a module of Node, and that of `WebSocket` loads a whole client for fetch and web sockets, fourteen megabytes
 * that no server of ours asks for (decision 0036).
 */
export const { createServer, request, STATUS_CODES, validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http')
