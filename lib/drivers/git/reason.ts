/** What git, ssh and curl say, by what it means to whoever reads it; the first that fits. */
const meanings: [RegExp, string][] = [
  [/couldn't find remote ref|not our ref/, 'the ref does not exist'],
  [/No user exists for uid/, 'ssh works for no uid without a name, and Davit cannot give it one here; useradd can'],
  [/Host key verification failed/, 'the host has another key than it had (the README says how to accept that)'],
  [/Permission denied \(|Authentication failed|could not read (Username|Password)|Invalid username or/, 'authentication failed'],
  [/Could not resolve|Failed to connect|Couldn't connect|unable to connect|Connection (refused|timed out|reset)|No route to host|unreachable|timed out|Empty reply/i, 'host unreachable'],
  [/Permission denied|returned error: 403|access denied/i, 'permission denied'],
  [/certificate/i, 'its certificate is not trusted'],
  [/not found|does not appear to be a git repository|does not exist|No such file/i, 'not found'],
]

/** Said beside every reason, and none itself. */
const hint = /^(Could not read from remote repository\.|Please make sure you have the correct access rights|and the repository exists\.)$/
const charsMax = 300

/** Why git failed, in one line. Part of what it says comes from a server, which is not trusted to be brief or plain. */
export function reasonIn(said: string): string {
  const lines = said
    .split(/[\r\n]+/)
    // eslint-disable-next-line no-control-regex
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').replace(/^((fatal|error|remote|warning): *)+/, '').trim())
    .filter((line) => line !== '' && !hint.test(line))
  for (const [sign, meaning] of meanings) {
    const line = lines.findLast((one) => sign.test(one))
    if (line !== undefined) return `${meaning}: ${line.slice(0, charsMax)}`
  }
  return lines.slice(-3).join('; ').slice(0, charsMax) || 'git gave no reason'
}

/** Without the credential, in whole or in part, and without what addresses carry for the host alone. */
export function maskSecrets(text: string, credential: string | null): string {
  let masked = text
  for (const secret of secretsIn(credential)) masked = masked.replaceAll(secret, '[secret]')
  return masked
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[secret]')
    .replace(/(https?:\/\/)[^/@\s'"]+@/gi, '$1[secret]@')
    .replace(/([?&][^=&\s'"]+=)[^&\s'"]+/g, '$1[secret]')
}

/** Longest first, so that no part is masked out of the middle of a whole. */
function secretsIn(credential: string | null): string[] {
  if (!credential) return []
  const token = credential.slice(credential.indexOf(':') + 1)
  const parts = credential.includes('PRIVATE KEY') ? credential.split('\n').filter((line) => line.length > 8 && !line.startsWith('-----')) : [token]
  const all = [credential, ...parts].flatMap((secret) => [secret, encodeURIComponent(secret)])
  return [...new Set(all)].filter((secret) => secret.length > 2).sort((a, b) => b.length - a.length)
}
