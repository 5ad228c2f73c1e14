import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { readOwnAccount } from '#lib/member/queries.ts'
import { renameSelf } from './actions.ts'
import { PasswordForm } from './password-form.tsx'
import { SessionList } from './session-list.tsx'

type Props = { account: Awaited<ReturnType<typeof readOwnAccount>>; own: string | null }

export function AccountSettings({ account, own }: Props) {
  const { name, sessions } = account
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-5">
        <Panel title="Name">
          <ActionForm key={name} action={renameSelf} label="Name" className="p-4">
            <TextField name="name" label="Your name" hint="Shown beside what you do from now on; what you did keeps the name it has." defaultValue={name} autoComplete="name" required />
            <div><Submit>Save the name</Submit></div>
          </ActionForm>
        </Panel>
        <Panel title="Password"><PasswordForm /></Panel>
      </div>
      <Panel title="Where you are signed in"><SessionList sessions={sessions} own={own} now={new Date().toISOString()} /></Panel>
    </div>
  )
}
