/** One promise of the runner, broken: the texts are exchanged in a copy, and one of the tests must notice. */
export interface Mutant {
  name: string
  edits: { file: string; from: string; to: string }[]
  /** Of lib/runner, without `.test.ts`. */
  tests: string[]
  /** Only the tests whose names match. */
  only?: string
}

const journal = 'lib/runner/journal.ts'
const entries = 'lib/runner/write-entries.ts'
const held = 'drizzle/0001_held_by_the_database.sql'
const granted = 'drizzle/0009_hand_on_in_the_end.sql'

export const mutants: Mutant[] = [
  {
    name: 'no write-ahead: a step acts before its attempt is recorded',
    edits: [
      {
        file: 'lib/runner/execute.ts',
        from: `    if (!openedByClaim && (await advance(run, { close, open })) !== 'done') return`,
        to: `    void attemptStep(run, step, open, open.names)
    if (!openedByClaim && (await advance(run, { close, open })) !== 'done') return`,
      },
    ],
    tests: ['execute'],
  },
  {
    name: 'no fence in the code',
    edits: [{ file: entries, from: "case when current_fence <> fence then 'stale'", to: "case when false then 'stale'" }],
    tests: ['journal'],
  },
  {
    name: 'no fence in the database',
    edits: [{ file: held, from: 'IF current_fence IS DISTINCT FROM coalesce(NEW.closed_fence, NEW.fence) THEN', to: 'IF false THEN' }],
    tests: ['journal'],
  },
  {
    name: 'the code reads the fence without a lock',
    edits: [{ file: entries, from: "for no key update ${whenLocked === 'wait' ? sql`` : sql`skip locked`}", to: '' }],
    tests: ['journal'],
  },
  {
    name: 'the database reads the fence without a lock',
    edits: [{ file: held, from: 'WHERE id = NEW.operation_id FOR NO KEY UPDATE', to: 'WHERE id = NEW.operation_id' }],
    tests: ['journal'],
    only: 'on its own',
  },
  {
    name: 'log lines are written without a lock on the fence',
    edits: [{ file: journal, from: 'finished_at is null for share', to: 'finished_at is null' }],
    tests: ['journal'],
    only: 'holds the row',
  },
  {
    name: 'drivers are called without a look at the fence',
    edits: [{ file: 'lib/runner/run.ts', from: 'if (Number(row?.fence) !== claimed.fence || !kit.alive())', to: 'if (!row || !kit.alive())' }],
    tests: ['lease'],
    only: 'guards every call',
  },
  {
    name: 'no self-fence: a lease in doubt is trusted',
    edits: [{ file: 'lib/runner/lease.ts', from: 'while (!lost && performance.now() >= trustedUntil) await renewed.promise', to: '' }],
    tests: ['lease'],
    only: 'a lease',
  },
  {
    name: 'a lease is trusted from when its renewal was answered',
    edits: [{ file: 'lib/runner/lease.ts', from: 'trustedUntil = sentAt + trustMs', to: 'trustedUntil = performance.now() + trustMs' }],
    tests: ['lease'],
    only: 'a lease',
  },
  {
    name: 'a runner without a lease claims',
    edits: [{ file: 'lib/runner/claim.ts', from: ` and state = 'live' and lease_expires_at > clock_timestamp()`, to: '' }],
    tests: ['lease'],
    only: 'claims nothing',
  },
  {
    name: 'others are called dead without contact of one\'s own',
    edits: [{ file: 'lib/runner/loops.ts', from: 'if (lease.contactSeconds() > parts.leaseSeconds) await', to: 'await' }],
    tests: ['lease'],
    only: 'a lease of contact',
  },
  {
    name: 'what a lost claim took is nobody\'s',
    edits: [{ file: 'lib/runner/claim.ts', from: '(runner_id is null or (runner_id = ${runnerId} and id <> all(${arrayOf(carriedOut)}::bigint[])))', to: 'runner_id is null' }],
    tests: ['lease'],
    only: 'takes again',
  },
  {
    name: 'cancel race: an accepted cancel is not looked at',
    edits: [{ file: entries, from: `when forward and (cancelled or status = 'rolling_back') then`, to: `when forward and (status = 'rolling_back') then` }],
    tests: ['journal'],
    only: 'once a cancel was accepted',
  },
  {
    name: 'a step that the claim opened and a cancel kept from beginning stays open',
    edits: [{ file: 'lib/runner/execute.ts', from: 'taken.closing ?? neverBegun(run)', to: 'taken.closing' }],
    tests: ['cancel'],
    only: 'between the claim',
  },
  {
    name: 'a cancel is accepted past the point of no return',
    edits: [{ file: 'lib/runner/cancel.ts', from: ' and not past_return and', to: ' and' }],
    tests: ['cancel'],
    only: 'too late',
  },
  {
    name: 'a step that must not be cut in half is cut',
    edits: [{ file: 'lib/runner/run.ts', from: 'if (run.running?.interruptible ?? true) run', to: 'run' }],
    tests: ['cancel'],
    only: 'cut',
  },
  {
    name: 'a compensation is not shielded from cancel',
    edits: [{ file: 'lib/runner/roll-back.ts', from: 'AbortSignal.any([run.letGo.signal, limit])', to: 'AbortSignal.any([run.letGo.signal, run.stopStep.signal, limit])' }],
    tests: ['cancel'],
    only: 'reach into a compensation',
  },
  {
    name: 'a compensation does not wait until the step has stopped',
    edits: [
      {
        file: 'lib/runner/attempt.ts',
        from: 'return code()',
        to: "return Promise.race([code(), new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))])",
      },
    ],
    tests: ['kill-step'],
  },
  {
    name: 'what was never opened is undone',
    edits: [{ file: 'lib/runner/run.ts', from: '  else if (change.open) takeBack(run, change.open)\n', to: '' }],
    tests: ['cancel'],
    only: 'only what was begun',
  },
  {
    name: 'a step that failed is not undone',
    edits: [{ file: 'lib/runner/roll-back.ts', from: 'let index = lastBegun(run);', to: 'let index = lastBegun(run) - 1;' }],
    tests: ['execute'],
    only: 'last first',
  },
  {
    name: 'holds are granted without looking who is before',
    edits: [{ file: granted, from: '(other.position < mine.position OR other.state = \'held\')', to: 'false' }],
    tests: ['hold'],
  },
  {
    name: 'nothing keeps two operations apart: neither the check nor the constraint',
    edits: [
      { file: granted, from: '(other.position < mine.position OR other.state = \'held\')', to: 'false' },
      { file: held, from: `) WHERE ("state" = 'held');`, to: `) WHERE (false);` },
    ],
    tests: ['hold'],
  },
  {
    name: 'an end does not lock its resources',
    edits: [{ file: 'lib/runner/hold.ts', from: "for update of r ${whenLocked === 'wait' ? sql`` : sql`skip locked`}", to: '' }],
    tests: ['hold'],
    only: 'being put into the queue',
  },
  {
    name: 'an end in a group does not look whether its resources are locked',
    edits: [{ file: entries, from: 'not exists (select from holds where operation_id = asked.id and resource_id not in (select id from held))', to: 'true' }],
    tests: ['group-commit'],
    only: 'what it hands on',
  },
  {
    name: 'a group waits for one of its operations',
    edits: [{ file: entries, from: "${whenLocked === 'wait' ? sql`` : sql`skip locked`}\n      ) o", to: '\n      ) o' }],
    tests: ['group-commit'],
    only: 'that is locked',
  },
  {
    name: 'no hand-on to the next operation',
    edits: [{ file: granted, from: 'PERFORM grant_next(let_go);', to: '' }],
    tests: ['hold'],
    only: 'exclusive one waits',
  },
  {
    name: 'the next operation is granted without a lock on it',
    edits: [{ file: granted, from: `AND status = 'queued' FOR NO KEY UPDATE;`, to: `AND status = 'queued';` }],
    tests: ['hold'],
    only: 'at the same moment',
  },
  {
    name: 'a block does not block',
    edits: [{ file: granted, from: 'b.resource_id = mine.resource_id AND b.lifted_at IS NULL', to: 'false' }],
    tests: ['hold'],
    only: 'blocks what was held',
  },
  {
    name: 'two writers of one log',
    edits: [{ file: 'lib/runner/log.ts', from: '      writing = turn.catch(() => {})\n', to: '' }],
    tests: ['log'],
  },
  {
    name: 'a lost answer to a commit is an error',
    edits: [{ file: 'lib/runner/outage.ts', from: '!(isOutage(error) || gaveWay(error))', to: '!gaveWay(error)' }],
    tests: ['outage'],
    only: 'commit whose answer',
  },
  {
    name: 'a transition that is repeated closes again',
    edits: [{ file: entries, from: "(closing->>'attempt')::int and s.state = 'started'", to: "(closing->>'attempt')::int" }],
    tests: ['journal'],
    only: 'repeated',
  },
  {
    name: 'a poison pill is carried out for ever',
    edits: [{ file: 'lib/runner/execute.ts', from: 'if (run.claimed.claims > CLAIMS_MAX) return', to: 'if (run.claimed.claims > 1000) return' }],
    tests: ['roll-back'],
    only: 'after five',
  },
]
