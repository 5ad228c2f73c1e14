export type RefusalCode = 'invalid' | 'forbidden' | 'not_found' | 'conflict' | 'unavailable'

/** The one expected error: an expected "no", whose message is fit to show to whoever asked. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** Form field → what is wrong with it, where the refusal is about one field. */
  readonly fields: Record<string, string>

  constructor(code: RefusalCode, message: string, fields: Record<string, string> = {}) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.fields = fields
  }
}

/** One sentence for what was never there and for what one may not know of, so that an id betrays nothing. */
export const nothingHere = () => new Refusal('not_found', 'There is nothing here that you may see.')
