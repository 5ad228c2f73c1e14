import { Refusal } from '../refusal.ts'

/** @throws Refusal `invalid`, naming the one that no process can be given */
export function refuseOddVariables(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Refusal('invalid', `"${name}" cannot be a variable's name: letters, digits and _ only.`)
    if (value.includes('\0')) throw new Refusal('invalid', `The value of ${name} holds a NUL character, which no process can be given.`)
  }
}
