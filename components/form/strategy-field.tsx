'use client'

import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { SelectField } from './field.tsx'
import { strategyName, strategyNames } from './strategy-name.ts'

type Props = { label?: string; inherited?: string; inheritedFrom?: string; chosen?: string | null }

/** With `inherited`, leaving it alone takes what is set further up. */
export function StrategyField({ label = 'Strategy', inherited, inheritedFrom, chosen }: Props) {
  const [strategy, setStrategy] = useState(chosen ?? '')
  const inForce = strategy || inherited || 'bluegreen'
  return (
    <div className="flex flex-col gap-2">
      <SelectField
        name="strategy"
        label={label}
        value={strategy}
        onChange={(event) => setStrategy(event.target.value)}
        hint={inForce === 'bluegreen' ? 'All new containers start beside the old ones and become healthy; then traffic switches.' : undefined}
      >
        {inherited && <option value="">{strategyName(inherited)}, from the {inheritedFrom}</option>}
        {Object.entries(strategyNames).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </SelectField>
      {inForce === 'immediate' && (
        <p className="flex gap-2 rounded-md bg-warn-wash px-3 py-2 text-[0.9rem] text-warn">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          It interrupts requests: the old containers are replaced at once, and nobody waits until the new ones are healthy.
        </p>
      )}
    </div>
  )
}
