'use client'

import clsx from 'clsx'
import { Square, SquareCheck } from 'lucide-react'
import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Button } from '#components/ui/button.tsx'
import { setScopes } from './actions.ts'

type Props = { role: { id: number; name: string }; environment: { id: number; handle: string }; held: string[]; scopes: string[]; /** Nothing else of the role is seen by whoever looks. */ only: boolean }

/** One role in one environment. What was ticked is in force once it is saved. */
export function ScopeRow({ role, environment, held, scopes, only }: Props) {
  const [ticked, setTicked] = useState(held)
  const changed = ticked.length !== held.length || ticked.some((scope) => !held.includes(scope))
  // Hardly anybody wants to permit what cannot be looked at: read comes with the first of the others, and can be taken off again.
  const toggle = (scope: string) => setTicked(ticked.includes(scope) ? ticked.filter((other) => other !== scope) : [...new Set([...(ticked.length === 0 ? ['read'] : []), ...ticked, scope])])
  const admin = ticked.includes('admin')
  return (
    <li>
      <ActionForm action={setScopes} label={`${role.name} in ${environment.handle}`} className="gap-2 px-4 py-2.5">
        <input type="hidden" name="role" value={role.id} />
        <input type="hidden" name="environment" value={environment.id} />
        {ticked.map((scope, index) => <input key={scope} type="hidden" name={`scopes.${index}`} value={scope} />)}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <span className={clsx('min-w-36 max-w-full [overflow-wrap:anywhere]', ticked.length === 0 && 'text-soft')}>{environment.handle}</span>
          <div role="group" aria-label={`Scopes in ${environment.handle}`} className="flex flex-wrap gap-1.5">
            {scopes.map((scope) => (
              <label key={scope} className={chip(ticked.includes(scope), admin)}>
                <input type="checkbox" checked={ticked.includes(scope)} onChange={() => toggle(scope)} className="sr-only" />
                <Box on={ticked.includes(scope) || admin} />
                {scope}
              </label>
            ))}
          </div>
          {changed && <span className="ml-auto flex gap-2"><Button look="quiet" onClick={() => setTicked(held)}>Reset</Button><Submit>Save</Submit></span>}
        </div>
        {changed && ticked.length === 0 && only && <p className="text-[0.85rem] text-warn">Without a scope here, {role.name} will not be shown to you any more; an owner can bring it back.</p>}
        {ticked.length > 0 && !admin && !ticked.includes('read') && <p className="text-[0.85rem] text-warn">Without read they see that {environment.handle} exists, and none of its pages.</p>}
      </ActionForm>
    </li>
  )
}

/** As wide ticked as not, so that scopes stand below one another. */
function Box({ on }: { on: boolean }) {
  const Shape = on ? SquareCheck : Square
  return <Shape className="size-3.5" aria-hidden="true" />
}

/** Under admin the others are held as well, ticked or not. */
const chip = (on: boolean, admin: boolean) =>
  clsx(
    'inline-flex min-h-7 cursor-pointer items-center gap-1 rounded-full border px-2.5 text-[0.88rem] has-focus-visible:outline-2 has-focus-visible:outline-accent',
    on ? 'border-accent bg-accent-wash text-ink' : admin ? 'border-line bg-sunken text-ink' : 'border-edge text-soft hover:text-ink',
  )
