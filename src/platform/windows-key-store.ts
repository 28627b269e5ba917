/**
 * Windows: keys on the disk are encrypted for this computer (DPAPI), and certificates can come from
 * its store. Both through Windows PowerShell, which every Windows has; what is secret goes through
 * standard input and output, never over the command line. A key that can't be exported can't be used:
 * TLS of Node takes keys only as such.
 */
import { spawn } from 'node:child_process';
import type { ExportedCertificate, KeyStore } from './key-store.ts';

const PROTECT = `
Add-Type -AssemblyName System.Security
$in = [Convert]::FromBase64String([Console]::In.ReadLine())
[Convert]::ToBase64String([Security.Cryptography.ProtectedData]::Protect($in, $null, 'LocalMachine'))`;

const UNPROTECT = PROTECT.replace('::Protect(', '::Unprotect(');

const EXPORT = `
$find = [Console]::In.ReadLine()
$place = [Console]::In.ReadLine()
$password = [Console]::In.ReadLine()
$store = [Security.Cryptography.X509Certificates.X509Store]::new('My', $place)
$store.Open('ReadOnly')
$now = [DateTime]::Now
$thumbprint = $find -replace '[^0-9A-Fa-f]'
$found = @($store.Certificates | Where-Object { $_.Thumbprint -eq $thumbprint })
if ($found.Count -eq 0) {
  $found = @($store.Certificates | Where-Object {
    $_.HasPrivateKey -and $_.NotBefore -le $now -and $_.NotAfter -gt $now -and
    ($_.Subject -eq $find -or $_.GetNameInfo('SimpleName', $false) -eq ($find -replace '^CN='))
  } | Sort-Object -Property NotAfter -Descending)
}
if ($found.Count -eq 0) { throw "there is no certificate $find in the store $place" }
$chain = [Security.Cryptography.X509Certificates.X509Chain]::new()
$chain.ChainPolicy.RevocationMode = 'NoCheck'
$null = $chain.Build($found[0])
$all = [Security.Cryptography.X509Certificates.X509Certificate2Collection]::new($found[0])
foreach ($element in @($chain.ChainElements)[1..20]) { if ($element) { $null = $all.Add($element.Certificate) } }
if (-not $found[0].HasPrivateKey) { throw "the certificate $find has no private key for this account" }
[Convert]::ToBase64String($all.Export('Pfx', $password))`;

const TIMEOUT = 60_000;

export class WindowsKeyStore implements KeyStore {
  readonly #shell: readonly string[];
  readonly #place: string;

  /** @param shell PowerShell with its arguments before `-Command` */
  constructor(shell: readonly string[] = ['powershell.exe'], place: 'LocalMachine' | 'CurrentUser' = 'LocalMachine') {
    this.#shell = shell;
    this.#place = place;
  }

  async protect(secret: Buffer): Promise<Buffer> {
    return Buffer.from(await this.#run(PROTECT, [secret.toString('base64')]), 'base64');
  }

  async unprotect(stored: Buffer): Promise<Buffer> {
    return Buffer.from(await this.#run(UNPROTECT, [stored.toString('base64')]), 'base64');
  }

  async export(find: string): Promise<ExportedCertificate> {
    const password = crypto.randomUUID();
    const output = await this.#run(EXPORT, [find, this.#place, password]);
    return { pfx: Buffer.from(output, 'base64'), password };
  }

  /** @throws Error with the last line of what PowerShell complained about. */
  #run(script: string, input: readonly string[]): Promise<string> {
    const [program, ...before] = this.#shell as [string, ...string[]];
    const body = `$ErrorActionPreference = 'Stop'; try {${script}\n} catch { [Console]::Error.WriteLine($_.Exception.GetBaseException().Message); exit 1 }`;
    const child = spawn(program, [...before, '-NoProfile', '-NonInteractive', '-Command', body], { timeout: TIMEOUT });
    let output = '';
    let complaint = '';
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (complaint += chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(`${input.join('\n')}\n`);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', code => {
        const last = complaint.trim().split(/\r?\n/).at(-1);
        if (code === 0) resolve(output.trim());
        else reject(new Error(last || `${program} ended with ${code}`));
      });
    });
  }
}
