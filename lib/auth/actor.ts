/** `owner` is for stacks, members and creating environments; the others are held per environment, by roles. */
export type Scope = 'read' | 'deploy' | 'operate' | 'sensitive' | 'destroy' | 'admin' | 'owner'

/** Who asks. Names and e-mail are copied onto what they do, so that it can be read when they are gone. */
export type Actor = {
  kind: 'user' | 'token' | 'schedule' | 'davit'
  id: number | null
  name: string
  email: string | null
  owner: boolean
  /** Environment id → what the actor's roles permit there; owners and Davit itself need none. */
  scopes: Record<number, Scope[]>
}
