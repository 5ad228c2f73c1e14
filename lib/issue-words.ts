import type { z } from 'zod'

/** What zod says by itself begins with one of these; a message of the schema's own says what is allowed and stays. */
const ownWords = /^(Invalid|Too small|Too big|Unrecognized)/

/** What is wrong with a value, in words that say what is allowed. */
export function issueWords(issue: z.core.$ZodIssue): string {
  if (!ownWords.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && issue.message.endsWith('received undefined')) return 'this is needed'
      return issue.expected === 'int' || issue.expected === 'number' ? 'a whole number' : `expected ${typeNames[issue.expected] ?? issue.expected}`
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1 ? 'this is needed' : `at least ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `at most ${issue.maximum}${unitOf(issue.origin)}`
    case 'invalid_key':
      return issue.issues[0] ? issueWords(issue.issues[0]) : issue.message
    case 'unrecognized_keys':
      return `there is no ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    default:
      return issue.message
  }
}

const typeNames: Partial<Record<string, string>> = { string: 'a text', boolean: 'true or false', array: 'a list', object: 'keys with values', record: 'keys with values' }

const unitOf = (origin: string) => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '')
