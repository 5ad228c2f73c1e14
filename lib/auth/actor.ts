/** Who asks. Names and e-mail are copied onto what they do, so that it can be read when they are gone. */
export type Actor = {
  kind: 'user' | 'token' | 'schedule' | 'davit'
  id: number | null
  name: string
  email: string | null
  owner: boolean
}
