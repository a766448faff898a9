/**
 * Every port of the rows below, in SQL, on SQLite and PostgreSQL. Owns the tables, their migrations, what a transaction is, and how a node hears of revocations;
 * leaves every rule about who may do what to the packages whose ports it fills, except those that only a database can hold when many ask at once: what may
 * happen once happens once.
 */
export { openStore, type Pong, type Store, type StoreOptions } from './open-store.ts'
export { DatabaseHeld } from './sqlite/hold-file.ts'
