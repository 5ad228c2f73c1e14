import { readApp } from '#components/app/read-app.ts'
import { ReleaseList } from '#components/release/release-list.tsx'
import { beforeOf } from '#components/ui/before-of.ts'

type Props = { params: Promise<{ app: string }>; searchParams: Promise<{ before?: string | string[] }> }

export default async function ReleasesPage({ params, searchParams }: Props) {
  const app = await readApp((await params).app)
  return <ReleaseList appId={app.id} current={app.release?.id ?? null} before={beforeOf(await searchParams)} />
}
