import { headers } from 'next/headers'

/** Next puts the parameters of an address into an object, which cannot hold one of this name. */
export async function lostParameters(): Promise<[string, string][]> {
  const [, query] = ((await headers()).get('x-davit-path') ?? '').split('?')
  return [...new URLSearchParams(query)].filter(([name]) => name === '__proto__')
}
