import { downloadLog, expectInOrder } from './support/log.ts'
import { createApp, createEndpoint, ended, openApp, startDeploy, startRestart, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

const quiet = 'before_release:\n  - node board.js say workers quiet\n'
const unquiet = 'after_rollback:\n  - node board.js say workers working\n'
const services = 'services:\n  worker:\n    uptime_seconds: 1\n'

test('workers that before_release has quieted are un-quieted by after_rollback', async ({ page, board }) => {
  const migration = 'before_release:\n  - node board.js say workers quiet\n  - sh migrate.sh\n'
  const source = await makeSampleApp(
    board,
    { 'davit.yml': quiet + unquiet + services },
    { failing: { 'davit.yml': migration + unquiet + services, 'migrate.sh': 'echo "the table is locked"\nexit 3\n' } },
  )
  await createApp(page, { handle: 'quieted', sources: [source] })
  const address = await createEndpoint(page, 'quieted')
  await startDeploy(page)
  await succeeded(page)
  expect(board.said('workers')).toEqual(['quiet'])

  await openApp(page, 'quieted')
  await startDeploy(page, { ref: 'failing' })
  await ended(page, /: failed at “run before_release”, everything was put back$/)
  expect(board.said('workers')).toEqual(['quiet', 'quiet', 'working'])
  expectInOrder(await downloadLog(page), [
    'before_release, 2 of 2: sh migrate.sh',
    'the table is locked',
    'before_release ended with exit code 3',
    'A rollback began',
    'after_rollback, 1 of 1: node board.js say workers working',
    'The rollback is complete: everything that Davit changed was put back. after_rollback has run, for what before_release did: node board.js say workers working.',
  ])
  const outcome = page.getByRole('region', { name: 'Outcome' })
  await expect(outcome).toContainText('Everything that Davit changed was put back.')
  await expect(outcome).toContainText('after_rollback has run, for what before_release did:')
  expect(await (await fetch(address)).text()).toBe('hello from v1\n')

  await openApp(page, 'quieted')
  await startRestart(page)
  await succeeded(page)
  expect(board.said('workers'), 'only a deploy runs before_release').toHaveLength(3)
})

test('old containers serve while before_release runs, and a log without after_rollback says what stays done', async ({ page, board }) => {
  const source = await makeSampleApp(board, {}, { patient: { 'davit.yml': 'before_release:\n  - node board.js wait migrated\n  - exit 1\n' } })
  await createApp(page, { handle: 'patient', sources: [source] })
  const address = await createEndpoint(page, 'patient')
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'patient')
  await startDeploy(page, { ref: 'patient' })
  await board.waited('migrated')
  await expect(page.getByRole('listitem').filter({ hasText: 'start the new containers beside the old, not begun' })).toBeVisible()
  expect(await (await fetch(address)).text()).toBe('hello from v1\n')
  board.open('migrated')
  await ended(page, /: failed at “run before_release”, everything but what before_release did was put back$/)
  expectInOrder(await downloadLog(page), ['The rollback is complete: everything that Davit changed was put back. Davit cannot undo what before_release did: node board.js wait migrated; exit 1.'])
  const outcome = page.getByRole('region', { name: 'Outcome' })
  await expect(outcome).toContainText('Everything that Davit changed was put back.')
  await expect(outcome.getByText('Davit cannot undo what before_release did:')).toBeVisible()
  await expect(outcome.getByRole('listitem')).toHaveText(['node board.js wait migrated', 'exit 1'])
})
