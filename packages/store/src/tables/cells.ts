/** What stands in a column, beside text and numbers (epoch milliseconds). */

export type Flag = 0 | 1
/** A JSON text. */
export type Json = string
