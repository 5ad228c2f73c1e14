import { TextArea } from './field.tsx'

export function NoteField() {
  return <TextArea name="note" label="Note" hint="Why, for those who read the activity later. Optional." rows={2} maxLength={2000} />
}
