/** Activity that is no operation. The database takes any text; a new kind is a line here. */
export const eventKinds = [
  'owner created',
  'signed in',
  'sign-in failed',
  'signed out',
  'session ended',
  'member invited',
  'invitation accepted',
  'invitation withdrawn',
  'password reset offered',
  'password reset',
  'member changed',
  'role created',
  'role changed',
  'role removed',
  'variables shown',
  'connection URL shown',
  'log downloaded',
  'report downloaded',
  'activity exported',
  'block resolved',
  'container started again',
  'restored database confirmed',
] as const

export type EventKind = (typeof eventKinds)[number]
