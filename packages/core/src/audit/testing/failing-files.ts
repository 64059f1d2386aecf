import { promises } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const CALLS = ['mkdir', 'open', 'readFile', 'rename'] as const
const HANDLE_CALLS = ['writeFile', 'sync', 'close'] as const

/** `refused`: the disk refuses one call. `killed`: the process is gone from that call on, in the middle of what it wrote. */
export type Failure = 'refused' | 'killed'

/**
 * Runs something whose `at`-th call to the file system (from 1 on) fails, as fault injection into system calls would do,
 * and says whether there was such a call. What was opened is closed in truth, so that nothing leaks into other tests.
 */
export async function failingAt(at: number, failure: Failure, work: () => Promise<unknown>): Promise<boolean> {
  const genuine = Object.fromEntries(CALLS.map((name) => [name, promises[name]]))
  const opened: FileHandle[] = []
  let calls = 0
  const failsNow = () => {
    calls += 1
    return failure === 'killed' ? calls >= at : calls === at
  }
  const refused = () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }))
  const watched = (handle: FileHandle): FileHandle => {
    opened.push(handle)
    const changed = HANDLE_CALLS.map((name) => {
      const call = async (...args: unknown[]) => {
        if (!failsNow()) return Reflect.apply(handle[name], handle, args)
        if (name === 'writeFile') await handle.writeFile(String(args[0]).slice(0, String(args[0]).length / 2))
        return refused()
      }
      return [name, { value: call }] as const
    })
    return Object.create(handle, Object.fromEntries(changed))
  }
  for (const name of CALLS) {
    const call = async (...args: unknown[]) => {
      if (failsNow()) return refused()
      const result = await Reflect.apply(genuine[name] as (...all: unknown[]) => unknown, promises, args)
      return name === 'open' ? watched(result as FileHandle) : result
    }
    Object.assign(promises, { [name]: call })
  }
  syncBuiltinESMExports()
  try {
    await work().catch(() => undefined)
    return calls >= at
  } finally {
    Object.assign(promises, genuine)
    syncBuiltinESMExports()
    await Promise.all(opened.map((handle) => handle.close().catch(() => undefined)))
  }
}
