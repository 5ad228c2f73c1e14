import { expect, it } from 'vitest'
import { recordIo } from '../contract/world.ts'
import { openAbsences } from './absence.ts'

const again = 'The engine answers again.'

it('tells an absence once, however many wait in a step, and its end once the last of them is answered', async () => {
  const tellingIn = openAbsences()
  const io = recordIo()
  const [one, two, three] = [tellingIn(io), tellingIn({ ...io, signal: new AbortController().signal }), tellingIn(io)]
  await Promise.all([one.away('It is silent'), two.away('It does not answer')])
  await one.back()
  await three.away('It is silent')
  await two.back()
  expect(io.texts()).toEqual(['It is silent; waiting for it.'])
  await three.back()
  expect(io.texts()).toEqual(['It is silent; waiting for it.', again])
  await one.away('It is silent')
  expect(io.texts().slice(2)).toEqual(['It is silent; waiting for it.'])
})

it('tells its end by the next answer to anyone, once those who waited have left', async () => {
  const tellingIn = openAbsences()
  const io = recordIo()
  const [leaving, other] = [tellingIn(io), tellingIn(io)]
  await leaving.away('It is silent')
  leaving.leave()
  expect(io.texts()).toEqual(['It is silent; waiting for it.'])
  await other.back()
  expect(io.texts()).toEqual(['It is silent; waiting for it.', again])
})

it('tells each log of its own', async () => {
  const tellingIn = openAbsences()
  const [mine, yours] = [recordIo(), recordIo()]
  await tellingIn(mine).away('It is silent')
  await tellingIn(yours).back()
  await tellingIn(null).away('It is silent')
  expect(yours.texts()).toEqual([])
  await tellingIn(yours).away('It is silent')
  expect(yours.texts()).toEqual(['It is silent; waiting for it.'])
})
