import { expect, test } from 'vitest'
import { refuseUnlessMemory } from './memory.ts'

const machine = { freeMb: 1000, totalMb: 4000 }
const beside = (memoryMb: number) => ({ name: 'web', memoryMb, beside: true })
const instead = (memoryMb: number) => ({ name: 'worker', memoryMb, beside: false })

function asked(containers: ReturnType<typeof beside>[], elders: { memoryMb: number }[] = [], memory = machine): string {
  try {
    refuseUnlessMemory({ containers, elders }, 'this machine', memory)
    return 'fits'
  } catch (error) {
    return (error as Error).message
  }
}

test('what starts beside what runs takes what is free', () => {
  expect(asked([beside(600), beside(400)])).toBe('fits')
  expect(asked([beside(600), beside(401)])).toBe('2 containers need 1001 MB together, and this machine has 1000 MB free beside what runs now.')
  expect(asked([beside(1001)], [{ memoryMb: 2000 }])).toBe('1 container needs 1001 MB, and this machine has 1000 MB free beside what runs now.')
})

test('what starts when others have stopped takes theirs too', () => {
  expect(asked([instead(3000)], [{ memoryMb: 2000 }])).toBe('fits')
  expect(asked([instead(3001)], [{ memoryMb: 2000 }])).toBe('1 container needs 3001 MB, and this machine has 1000 MB free beside what runs now; the old one, which stops first, counts for 2000 MB more.')
  expect(asked([beside(500), instead(1501)], [{ memoryMb: 600 }, { memoryMb: 400 }])).toBe('2 containers need 2001 MB together, and this machine has 1000 MB free beside what runs now; the old ones, which stop first, count for 1000 MB more.')
  expect(asked([beside(1001), instead(1)], [{ memoryMb: 2000 }])).toBe('1 container needs 1001 MB, and this machine has 1000 MB free beside what runs now.')
})

test('never more than the machine has, however much the old ones were promised', () => {
  expect(asked([instead(4000)], [{ memoryMb: 3500 }])).toBe('fits')
  expect(asked([instead(4001)], [{ memoryMb: 3500 }])).toBe('1 container needs 4001 MB, and this machine has 1000 MB free beside what runs now; the old one, which stops first, counts for 3000 MB more.')
})

test('what takes no more than before is never refused', () => {
  expect(asked([instead(5000)], [{ memoryMb: 5000 }], { freeMb: 0, totalMb: 4000 })).toBe('fits')
})
