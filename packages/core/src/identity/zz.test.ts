import { Session } from 'node:inspector/promises'
import { test } from 'vitest'
import { getProfile } from './index.ts'
import { identityWorld } from './testing.ts'
const world = await identityWorld()
test('bench', async () => {
  const p = await world.person()
  const { view } = await world.signIn(p.email)
  const ctx = await world.as(view.accessToken)
  const run = async (n: number, c: number, f: () => Promise<unknown>) => {
    let left = n
    await Promise.all(Array.from({ length: c }, async () => { while (left-- > 0) await f() }))
  }
  for (const [name, f] of [['auth', () => world.whoIs({ accessToken: view.accessToken })], ['profile', () => getProfile(ctx, {})]] as const) {
    await run(2000, 16, f)
    const s = new Session(); s.connect()
    await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', { interval: 200 }); await s.post('Profiler.start')
    const cpu = process.cpuUsage()
    await run(8000, 16, f)
    const u = process.cpuUsage(cpu)
    const { profile } = await s.post('Profiler.stop')
    const self = new Map<string, number>()
    const byId = new Map(profile.nodes.map((n) => [n.id, n]))
    const dt = profile.timeDeltas ?? []
    ;(profile.samples ?? []).forEach((id, i) => {
      const n = byId.get(id); if (!n) return
      const k = `${n.callFrame.functionName || '(anon)'} ${n.callFrame.url.split('/').slice(-3).join('/')}:${n.callFrame.lineNumber}`
      self.set(k, (self.get(k) ?? 0) + (dt[i] ?? 0))
    })
    console.log('CPU', name, (u.user + u.system) / 8000)
    console.log([...self].sort((a, b) => b[1] - a[1]).slice(0, 32).map(([k, v]) => `P ${(v / 8000).toFixed(1)}us ${k}`).join('\n'))
  }
}, 120000)
