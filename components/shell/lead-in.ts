import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { loginPath } from '#components/account/own-path.ts'

/** Whoever is not signed in is led to the way in, and from there back to this page. */
export async function leadIn(): Promise<never> {
  redirect(loginPath((await headers()).get('x-davit-path')))
}
