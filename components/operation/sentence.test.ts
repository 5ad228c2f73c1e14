import { describe, expect, test } from 'vitest'
import { doing, sentenceOf } from './sentence.ts'

const step = { index: 0, direction: 'run' as const, attempt: 1, name: 'build image', state: 'succeeded' as const, error: null, progress: null, startedAt: '', finishedAt: null }
const planned = (name: string, undoes: string | null) => ({ name, undoes, interruptible: true, pointOfNoReturn: false })
const operation = {
  id: 7,
  title: 'Deploy storefront at main',
  status: 'running' as const,
  plan: [planned('build image', null), planned('wait until healthy', 'stop')],
  steps: [step, { ...step, index: 1, name: 'wait until healthy', state: 'started' as const }],
  queue: { ahead: [], place: 1 },
  rollback: null,
  failedStep: null,
  reason: null,
  startedAt: '2026-01-01T00:00:00Z',
  leftovers: [],
  lasting: [],
  blocks: [],
  trivial: false,
  putsBackForAnother: false,
  runnerless: false,
}

describe('sentenceOf', () => {
  test('says the step, and its progress where there is one', () => {
    expect(sentenceOf(operation)).toBe('Deploying storefront at main: step 2 of 2, waiting until healthy')
    const steps = [{ ...step, index: 1, progress: 'waiting for 2 of 3 containers to be healthy', state: 'started' as const }]
    expect(sentenceOf({ ...operation, steps })).toBe('Deploying storefront at main: step 2 of 2, waiting for 2 of 3 containers to be healthy')
  })

  test('says what a queued one waits for', () => {
    const ahead = [{ id: 3, title: 'Scale storefront', status: 'running' as const, handle: 'storefront' }]
    expect(sentenceOf({ ...operation, status: 'queued', steps: [], queue: { ahead, place: 2 } })).toBe('Deploy storefront at main: queued, waits for operation 3')
    expect(sentenceOf({ ...operation, status: 'queued', steps: [] })).toBe('Deploy storefront at main: queued, about to start')
    expect(sentenceOf({ ...operation, status: 'queued', steps: [], runnerless: true })).toBe('Deploy storefront at main: queued, waits for a runner')
  })

  test('says how an ended one ended', () => {
    expect(sentenceOf({ ...operation, status: 'failed', rollback: 'complete', failedStep: 'wait until healthy' })).toBe(
      'Deploy storefront at main: failed at “wait until healthy”, everything was put back',
    )
    const lasting = [{ by: 'before_release', did: ['npm run migrate'], answer: null }]
    expect(sentenceOf({ ...operation, status: 'failed', rollback: 'complete', failedStep: 'wait until healthy', lasting })).toBe(
      'Deploy storefront at main: failed at “wait until healthy”, everything but what before_release did was put back',
    )
    expect(sentenceOf({ ...operation, trivial: true, status: 'failed', rollback: 'complete', failedStep: 'run the command' })).toBe(
      'Deploy storefront at main: failed at “run the command”, nothing to roll back',
    )
    expect(sentenceOf({ ...operation, status: 'cancelled', startedAt: null })).toBe('Deploy storefront at main: cancelled before it started')
  })

  test('says of a failed retry that what was left is still left', () => {
    const failed = { ...operation, putsBackForAnother: true, status: 'failed' as const, rollback: 'complete', steps: [{ ...step, state: 'failed' as const }], failedStep: 'put back what was left' }
    expect(sentenceOf(failed)).toBe('Deploy storefront at main: failed at “put back what was left”, what was left is still left')
    expect(sentenceOf({ ...failed, steps: [step], failedStep: 'lift the block' })).toBe('Deploy storefront at main: failed at “lift the block”, what was left is put back, but still blocked')
  })
})

test('doing turns a phrase into what is being done', () => {
  expect(['Scale web', 'run before_release', 'stop the old', 'Roll back 12', 'fetch and build the image'].map(doing)).toEqual([
    'Scaling web', 'running before_release', 'stopping the old', 'Rolling back 12', 'fetching and building the image',
  ])
})
