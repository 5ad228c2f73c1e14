import type { Scope } from '../../lib/auth/actor.ts'

/**
 * Who may, as DESIGN 9 says: scopes are asked for in the environment walked; `members` is everybody signed
 * in, who then finds what they may see; `public` is everybody.
 */
export type Rule = 'public' | 'members' | 'owner' | Exclude<Scope, 'owner'> | readonly Exclude<Scope, 'owner'>[]

/** Pages and GET routes by their path in the build. Each [name] is filled in with something of the environment walked. */
export const addresses: Record<string, Rule> = {
  '/': 'members',
  '/account': 'members',
  '/activity': 'members',
  '/apps/[app]': 'read',
  '/apps/[app]/activity': 'read',
  '/apps/[app]/configuration': 'read',
  '/apps/[app]/containers': 'read',
  '/apps/[app]/endpoints': 'read',
  '/apps/[app]/releases': 'read',
  '/apps/[app]/settings': 'read',
  '/databases/[database]': 'read',
  '/databases/[database]/activity': 'read',
  '/databases/[database]/backups': 'read',
  '/databases/[database]/settings': 'read',
  '/endpoints/[endpoint]': 'read',
  '/endpoints/[endpoint]/activity': 'read',
  '/environments': 'members',
  '/environments/[environment]': 'read',
  '/environments/[environment]/activity': 'read',
  '/environments/[environment]/apps/new': 'read',
  '/environments/[environment]/databases/new': 'read',
  '/environments/[environment]/reports': 'read',
  '/environments/[environment]/settings': 'read',
  '/invitation': 'public',
  '/login': 'public',
  '/members': 'owner',
  '/members/[member]': 'owner',
  '/operations/[operation]': 'read',
  '/setup': 'public',
  '/stacks': 'owner',
  '/stacks/[stack]': 'owner',
  '/stacks/[stack]/activity': 'owner',
  '/stacks/[stack]/settings': 'owner',
  '/welcome': 'owner',

  '/api/activity': 'members',
  '/api/activity/chart': 'members',
  '/api/activity/export': 'members',
  '/api/apps/[app]/containers': 'read',
  '/api/auth/[...nextauth]': 'public',
  '/api/containers/[name]/log': 'read',
  '/api/environments/[environment]/databases/offer': 'read',
  '/api/environments/[environment]/reports/[report]/csv': 'read',
  '/api/environments/[environment]/reports/so-far': 'read',
  '/api/events': 'members',
  '/api/health': 'public',
  '/api/home': 'members',
  '/api/operations/[operation]': 'read',
  '/api/operations/[operation]/log': 'read',
  '/api/operations/[operation]/log/download': 'read',
  '/api/operations/[operation]/rollback': 'read',
  '/api/session': 'members',
  '/icon.svg': 'public',
}

/** Whoever may read production finds it there; of whoever may not it holds no word. */
export const lists = ['/environments', '/activity', '/api/activity', '/api/activity/export']

/** What is taken away by them is activity; asking for their head is not. */
export const downloads = ['/api/activity/export', '/api/environments/[environment]/reports/[report]/csv', '/api/environments/[environment]/reports/so-far', '/api/operations/[operation]/log/download']

/** An admin of any environment comes to its roles: not owners only, and not with one scope of the others. */
export const adminOfAny = ['/roles']

export interface Walked {
  environment: number
  app: number
  endpoint: number
  database: number
  operation: number
  stack: number
  member: number
  name: string
  report: number
  nextauth: string
  /** Deprovisioned, in the same environment: whoever may act is refused because of that, and nothing begins. */
  goneApp: number
  goneDatabase: number
  /** Purged, of the database. */
  goneBackup: number
  goneEndpoint: number
  /** Ended; on the app that is gone. */
  goneOperation: number
  /** A role that holds nothing anywhere, one that nobody has, and one that may read the environment walked. */
  goneRole: number
  spareRole: number
  readingRole: number
  goneStack: number
  goneMember: number
  goneInvitation: number
  owner: number
}

/** Of whoever asks. */
type Own = { name: string; /** A session of theirs that has ended. */ endedSession: string }

type Fields = Record<string, string | number>
type Asked = { rule: Rule; fields: (walked: Walked, own: Own) => Fields }

const git = 'https://git.invalid/x'

/** Server actions by file and name, each with input that changes nothing for those who may, or nothing that anybody has. */
export const actions: Record<string, Asked> = {
  'components/account/actions.ts setUp': { rule: 'public', fields: () => ({ code: 'AAAA', name: 'Eve', email: 'eve@example.org', password: 'correct horse battery' }) },

  'components/app/actions.ts createApp': { rule: 'deploy', fields: ({ environment }) => ({ environment, handle: 'sample', 'sources.0.url': git }) },
  'components/app/actions.ts createSampleApp': { rule: 'deploy', fields: ({ environment }) => ({ environment }) },
  'components/app/actions.ts updateApp': { rule: 'deploy', fields: ({ goneApp }) => ({ app: goneApp, handle: 'gone', 'sources.0.url': git }) },
  'components/app/actions.ts deployApp': { rule: 'deploy', fields: ({ goneApp }) => ({ app: goneApp }) },
  'components/app/actions.ts configureApp': { rule: 'deploy', fields: ({ goneApp }) => ({ app: goneApp, 'unset.0': 'X' }) },
  'components/app/actions.ts scaleApp': { rule: 'operate', fields: ({ goneApp }) => ({ app: goneApp, 'formation.web': 1 }) },
  'components/app/actions.ts restartApp': { rule: 'operate', fields: ({ goneApp }) => ({ app: goneApp }) },
  'components/app/actions.ts deprovisionApp': { rule: 'destroy', fields: ({ app }) => ({ app, confirm: 'not its handle' }) },
  'components/app/actions.ts runSession': { rule: ['sensitive', 'operate'], fields: ({ goneApp }) => ({ app: goneApp, command: 'env' }) },
  'components/app/actions.ts revealVariables': { rule: 'sensitive', fields: ({ goneApp }) => ({ app: goneApp }) },

  'components/container/actions.ts confirmDatabase': { rule: 'owner', fields: () => ({}) },

  'components/database/actions.ts createDatabase': { rule: 'deploy', fields: ({ environment }) => ({ environment, handle: 'walked-database', type: 'postgresql', version: '18', memoryMb: 256, volumeMb: 1024 }) },
  'components/database/actions.ts restartDatabase': { rule: 'operate', fields: ({ goneDatabase }) => ({ database: goneDatabase }) },
  'components/database/actions.ts updateDatabase': { rule: 'deploy', fields: ({ goneDatabase }) => ({ database: goneDatabase, handle: 'walked-elsewhere' }) },
  'components/database/actions.ts resizeDatabase': { rule: 'operate', fields: ({ goneDatabase }) => ({ database: goneDatabase, volumeMb: 2048 }) },
  'components/database/actions.ts backUpDatabase': { rule: 'operate', fields: ({ goneDatabase }) => ({ database: goneDatabase }) },
  'components/database/actions.ts deprovisionDatabase': { rule: 'destroy', fields: ({ database }) => ({ database, confirm: 'not its handle' }) },
  'components/database/actions.ts restoreBackup': { rule: 'deploy', fields: ({ goneBackup }) => ({ backup: goneBackup, handle: 'walked-again' }) },
  'components/database/actions.ts purgeBackup': { rule: 'destroy', fields: ({ goneBackup }) => ({ backup: goneBackup, confirm: 'not its handle' }) },
  'components/database/actions.ts linkDatabase': { rule: 'deploy', fields: ({ goneApp, database }) => ({ app: goneApp, database }) },
  'components/database/actions.ts unlinkDatabase': { rule: 'deploy', fields: ({ goneApp }) => ({ app: goneApp, variable: 'DATABASE_URL' }) },
  'components/database/actions.ts revealUrl': { rule: 'sensitive', fields: ({ goneDatabase }) => ({ database: goneDatabase }) },

  'components/endpoint/actions.ts createEndpoint': { rule: 'deploy', fields: ({ goneApp }) => ({ app: goneApp, service: 'web', host: 'walk.example.org' }) },
  'components/endpoint/actions.ts updateEndpoint': { rule: 'deploy', fields: ({ goneEndpoint }) => ({ endpoint: goneEndpoint, host: 'walk.example.org' }) },
  'components/endpoint/actions.ts deprovisionEndpoint': { rule: 'destroy', fields: ({ endpoint }) => ({ endpoint, confirm: 'not its address' }) },

  'components/environment/actions.ts createEnvironment': { rule: 'owner', fields: ({ stack }) => ({ stack, handle: 'production' }) },
  'components/environment/actions.ts createFirstEnvironment': { rule: 'owner', fields: ({ stack }) => ({ stack, handle: 'production' }) },
  'components/environment/actions.ts updateEnvironment': { rule: 'admin', fields: ({ environment }) => ({ environment, handle: 'walked-elsewhere' }) },
  'components/environment/actions.ts deprovisionEnvironment': { rule: 'destroy', fields: ({ environment }) => ({ environment, confirm: 'not its handle' }) },

  'components/member/actions.ts inviteMember': { rule: 'owner', fields: () => ({ email: 'ada@example.org' }) },
  'components/member/actions.ts offerReset': { rule: 'owner', fields: ({ goneMember }) => ({ member: goneMember }) },
  'components/member/actions.ts withdrawInvitation': { rule: 'owner', fields: ({ goneInvitation }) => ({ invitation: goneInvitation }) },
  'components/member/actions.ts changeMember': { rule: 'owner', fields: ({ owner }) => ({ member: owner }) },
  'components/member/actions.ts deactivateMember': { rule: 'owner', fields: ({ owner }) => ({ member: owner }) },
  'components/member/actions.ts activateMember': { rule: 'owner', fields: ({ owner }) => ({ member: owner }) },
  'components/member/actions.ts endSession': { rule: 'members', fields: (_walked, { endedSession }) => ({ session: endedSession }) },
  'components/member/actions.ts renameSelf': { rule: 'members', fields: (_walked, { name }) => ({ name }) },
  'components/member/actions.ts changePassword': { rule: 'members', fields: () => ({ current: 'a guess', password: 'correct horse battery' }) },
  'components/member/actions.ts acceptInvitation': { rule: 'public', fields: () => ({ token: crypto.randomUUID(), name: 'Eve', password: 'correct horse battery' }) },
  'components/member/actions.ts resetPassword': { rule: 'public', fields: () => ({ token: crypto.randomUUID(), password: 'correct horse battery' }) },

  'components/operation/actions.ts cancelOperation': { rule: 'deploy', fields: ({ goneOperation }) => ({ operation: goneOperation }) },
  'components/operation/actions.ts rollBackOperation': { rule: 'deploy', fields: ({ goneOperation }) => ({ operation: goneOperation }) },
  'components/operation/actions.ts runOperationAgain': { rule: 'deploy', fields: ({ goneOperation }) => ({ operation: goneOperation }) },
  'components/operation/actions.ts retryOperationRollback': { rule: 'deploy', fields: ({ goneOperation }) => ({ operation: goneOperation }) },
  'components/operation/actions.ts resolveBlock': { rule: 'admin', fields: ({ goneOperation }) => ({ operation: goneOperation, reason: 'put right' }) },

  'components/role/actions.ts createRole': { rule: 'owner', fields: () => ({ name: 'Walked read' }) },
  'components/role/actions.ts renameRole': { rule: 'owner', fields: ({ goneRole }) => ({ role: goneRole, name: 'Walked nothing' }) },
  'components/role/actions.ts removeRole': { rule: 'owner', fields: ({ spareRole }) => ({ role: spareRole }) },
  'components/role/actions.ts setScopes': { rule: 'admin', fields: ({ environment, readingRole }) => ({ role: readingRole, environment, 'scopes.0': 'read' }) },

  'components/stack/actions.ts testConnection': { rule: 'owner', fields: () => ({ driver: 'docker', 'settings.socketPath': '/nowhere/docker.sock' }) },
  'components/stack/actions.ts createStack': { rule: 'owner', fields: () => ({ handle: 'local' }) },
  'components/stack/actions.ts updateStack': { rule: 'owner', fields: ({ goneStack }) => ({ stack: goneStack, handle: 'local', strategy: 'bluegreen' }) },
}
