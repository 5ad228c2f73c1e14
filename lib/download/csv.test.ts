import { expect, test } from 'vitest'
import { csvRecord } from './csv.ts'

test('quotes what needs quotes, and ends with CRLF', () => {
  expect(csvRecord(['plain', 'a,b', 'say "so"', 'two\nlines', null, 7, ''])).toBe('plain,"a,b","say ""so""","two\nlines",,7,\r\n')
})

test('a cell that would be a formula is text, and a number below zero stays a number', () => {
  expect(csvRecord(['=1+1', '+41', '-x', '@SUM(A1)', '\tx', '\rx', "'quoted'", -3])).toBe("'=1+1,'+41,'-x,'@SUM(A1),'\tx,\"'\rx\",''quoted',-3\r\n")
})
