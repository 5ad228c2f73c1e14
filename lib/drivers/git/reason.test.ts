import { describe, expect, it } from 'vitest'
import { maskSecrets, reasonIn } from './reason.ts'

const hint = 'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n'

describe('reasonIn', () => {
  it.each([
    [`git@example.test: Permission denied (publickey).\n${hint}`, 'authentication failed: git@example.test: Permission denied (publickey).'],
    [`Host key verification failed.\n${hint}`, 'the host has another key than it had (the README says how to accept that): Host key verification failed.'],
    [`ssh: connect to host 127.0.0.1 port 9: Connection refused\n${hint}`, 'host unreachable: ssh: connect to host 127.0.0.1 port 9: Connection refused'],
    [`ssh: Could not resolve hostname nowhere: Name or service not known\n${hint}`, 'host unreachable: ssh: Could not resolve hostname nowhere: Name or service not known'],
    ["fatal: unable to access 'http://h:9/x.git/': Failed to connect to h port 9 after 0 ms: Couldn't connect to server", "host unreachable: unable to access 'http://h:9/x.git/': Failed to connect to h port 9 after 0 ms: Couldn't connect to server"],
    ["remote: Invalid username or token.\nfatal: Authentication failed for 'https://h/x/'", "authentication failed: Authentication failed for 'https://h/x/'"],
    ["fatal: could not read Username for 'https://h': terminal prompts disabled", "authentication failed: could not read Username for 'https://h': terminal prompts disabled"],
    ["fatal: unable to access 'https://h/x/': The requested URL returned error: 403", "permission denied: unable to access 'https://h/x/': The requested URL returned error: 403"],
    ["fatal: unable to access 'https://h/': SSL certificate problem: self-signed certificate", "its certificate is not trusted: unable to access 'https://h/': SSL certificate problem: self-signed certificate"],
    ["remote: Repository not found.\nfatal: repository 'https://h/x/' not found", "not found: repository 'https://h/x/' not found"],
    ["fatal: couldn't find remote ref nosuch", "the ref does not exist: couldn't find remote ref nosuch"],
    ['error: Server does not allow request for unadvertised object 123\nsomething \u001b[31mred\u0007', 'Server does not allow request for unadvertised object 123; something [31mred'],
    ['', 'git gave no reason'],
  ])('says in one line why: %j', (said, reason) => {
    expect(reasonIn(said)).toBe(reason)
  })

  it('bounds what a server can make it say', () => {
    expect(reasonIn('x'.repeat(100_000)).length).toBeLessThan(500)
  })
})

describe('maskSecrets', () => {
  it('masks the credential, whole, in part and as it stands in a URL', () => {
    expect(maskSecrets("Authentication failed for 'https://h/x': deployer:p@ss/word, p@ss/word, p%40ss%2Fword", 'deployer:p@ss/word')).toBe(
      "Authentication failed for 'https://h/x': [secret], [secret], [secret]",
    )
  })

  it('masks what an address carries', () => {
    expect(maskSecrets("'https://ghp_0123@h/x?private_token=abc&ref=main'", null)).toBe("'https://[secret]@h/x?private_token=[secret]&ref=[secret]'")
    expect(maskSecrets('ssh://git@h/x git@h:x', null)).toBe('ssh://git@h/x git@h:x')
  })

  it('masks a key, however much of it is shown', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nAAAABG5vbmUA\n-----END OPENSSH PRIVATE KEY-----'
    expect(maskSecrets(`bad: ${key}, line AAAABG5vbmUA`, key)).toBe('bad: [secret], line [secret]')
    expect(maskSecrets(`bad: ${key}`, null)).toBe('bad: [secret]')
  })
})
