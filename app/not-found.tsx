import { ButtonLink } from '#components/ui/button.tsx'

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-[60dvh] max-w-sm flex-col justify-center gap-3 px-4">
      <h1 className="text-xl font-semibold">There is nothing at this address</h1>
      <p className="text-soft">It may never have been there, or you may not see it.</p>
      <div><ButtonLink href="/">To the home page</ButtonLink></div>
    </main>
  )
}
