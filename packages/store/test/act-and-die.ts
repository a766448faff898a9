/** A process that does one act and is killed on the way: SIGKILL, so that nothing of ours runs any more. Says `answered` if it gets that far, and waits. */
import { flushCompileCache } from 'node:module'
import { openStore, type StoreOptions } from '../src/index.ts'
import { type ScenarioName, scenarioOf } from './scenarios.ts'

interface Task {
  readonly options: StoreOptions
  readonly name: ScenarioName
  readonly prepared: unknown
  /** Before which statement to die; 0: not at all. */
  readonly dieAt: number
}

const { options, name, prepared, dieAt } = JSON.parse(process.argv[2] ?? '') as Task
let armed = false
let reached = 0
const store = await openStore({
  ...options,
  onStatement(n) {
    if (!armed) return
    reached = n
    if (n === dieAt) process.kill(process.pid, 'SIGKILL')
  },
})
armed = true
const done = await scenarioOf(name).act(store, prepared)
if (dieAt === 0) flushCompileCache() // with all that it ran; a process that is killed never comes to write it
process.send?.({ done, reached })
setInterval(() => {}, 1_000_000)
