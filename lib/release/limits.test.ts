import { expect, test } from 'vitest'
import { limitsOf, limitWords, withLimits } from './limits.ts'
import { parseManifest } from './manifest.ts'

const manifest = parseManifest('web: serve\nworker: work\ntoString: odd', null)
const limited = withLimits(manifest, undefined, { web: { memoryMb: 256, cpus: 0.5 } })

test('limits go on from release to release, also over a deploy that says nothing of them', () => {
  expect(limitsOf(limited, 'web')).toEqual({ memoryMb: 256, cpus: 0.5 })
  expect(withLimits(manifest, limited)).toEqual(limited)
  expect(withLimits(manifest, limited, { worker: { cpus: 1 } }).services['worker']).toMatchObject({ limits: { cpus: 1 } })
})

test('0 lifts a limit, and what has none is as it was before there were any', () => {
  expect(withLimits(manifest, limited, { web: { memoryMb: 0, cpus: 0 } })).toEqual(manifest)
  expect(limitsOf(withLimits(manifest, limited, { web: { cpus: 0 } }), 'web')).toEqual({ memoryMb: 256 })
})

test('a service that is gone takes its limits with it, and no name is taken for what every object has', () => {
  expect(withLimits(parseManifest('worker: work', null), limited).services).toEqual({ worker: manifest.services['worker'] })
  expect(limitsOf(manifest, 'valueOf')).toEqual({})
})

test('limits are told in words', () => {
  expect([{}, { memoryMb: 256 }, { memoryMb: 256, cpus: 0.5 }, { cpus: 1 }].map(limitWords)).toEqual(['no limit', '256 MB', '256 MB and 0.5 processors', '1 processor'])
})
