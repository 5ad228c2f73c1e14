'use client'

import clsx from 'clsx'
import { Circle, CircleCheck, LoaderCircle } from 'lucide-react'
import { createSampleApp } from '#components/app/actions.ts'
import { createFirstEnvironment } from '#components/environment/actions.ts'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import { ButtonLink } from '#components/ui/button.tsx'

type Thing = { id: number; handle: string } | null

export function Welcome({ stack, environment }: { stack: Thing; environment: Thing }) {
  return (
    <ol className="flex max-w-xl flex-col gap-3">
      <Step state={stack ? 'done' : 'running'} title={stack ? `The stack ${stack.handle}` : 'A stack is being made'}>
        <p className="text-soft">Where environments run. On this one, containers are processes on this machine.</p>
      </Step>
      <Step state={environment ? 'done' : 'open'} title={environment ? `The environment ${environment.handle}` : 'A first environment'}>
        <p className="text-soft">A named group of apps, such as production or staging.</p>
        {stack && !environment && (
          <ActionForm action={createFirstEnvironment} label="First environment" className="mt-3">
            <input type="hidden" name="stack" value={stack.id} />
            <TextField name="handle" label="Handle" defaultValue="production" hint={handleHint} required />
            <div><Submit>Create the environment</Submit></div>
          </ActionForm>
        )}
      </Step>
      <Step state="open" title="A first app">
        <p className="text-soft">From a git repository with a Procfile: the sample that comes with Davit, or your own.</p>
        {environment && <FirstApp environmentId={environment.id} />}
      </Step>
    </ol>
  )
}

function FirstApp({ environmentId }: { environmentId: number }) {
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      <ActionForm action={createSampleApp} label="Sample app">
        <input type="hidden" name="environment" value={environmentId} />
        <Submit>Take the sample app</Submit>
      </ActionForm>
      <ButtonLink href={`/environments/${environmentId}/apps/new`}>Use a repository of mine</ButtonLink>
    </div>
  )
}

const looks = {
  done: { Shape: CircleCheck, word: 'done', tone: 'text-ok' },
  running: { Shape: LoaderCircle, word: 'under way', tone: 'text-accent animate-spin motion-reduce:animate-none' },
  open: { Shape: Circle, word: 'to do', tone: 'text-edge' },
}

function Step({ state, title, children }: { state: keyof typeof looks; title: string; children: React.ReactNode }) {
  const { Shape, word, tone } = looks[state]
  return (
    <li className="flex gap-3 rounded-lg border border-line bg-surface p-4">
      <Shape className={clsx('mt-0.5 size-5 shrink-0', tone)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <h2 className="font-semibold">{title}<span className="sr-only">, {word}</span></h2>
        {children}
      </div>
    </li>
  )
}
