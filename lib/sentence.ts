/** What somebody else said, as a part of a sentence of ours: without a full stop of its own. */
export const inSentence = (said: string): string => said.trim().replace(/\.$/, '')
