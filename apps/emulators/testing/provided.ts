import 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Every Redis of the test run: a real server first, where there is one, and always the stand-in. */
    redis: { kind: 'server' | 'standin'; url: string }[]
  }
}
