/** Calls that act once are kernel's; here for those who name them by this mechanism. */
export { CALL_MEMORY_MS, type CallName, onceOf, repeatedAnswer } from '@latchwork/kernel'
