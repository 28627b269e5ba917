/**
 * Windows: keys on the disk are encrypted for this computer and this data folder (DPAPI with entropy), and
 * certificates can come from the computer's store. DPAPI through SmtpRelay.exe, which packages bring, or
 * Windows PowerShell, which every Windows has and which also opens the store; what is secret goes through
 * standard input and output, never over the command line. A key that can't be exported can't be used: TLS of
 * Node takes keys only as such.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from './files.ts';
import type { ExportedCertificate, KeyStore } from './key-store.ts';
import { SERVICE_PROGRAM } from './service-host.ts';

const PROTECT = `
Add-Type -AssemblyName System.Security
$in = [Convert]::FromBase64String([Console]::In.ReadLine())
$entropy = [Convert]::FromBase64String([Console]::In.ReadLine())
[Convert]::ToBase64String([Security.Cryptography.ProtectedData]::Protect($in, $entropy, 'LocalMachine'))`;

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

export interface WindowsKeyStoreOptions {
  /** Random bytes without which nothing can be decrypted; made when the first key is stored. */
  readonly entropyFile: string;
  /** PowerShell with its arguments before `-Command`. */
  readonly shell?: readonly string[];
  readonly place?: 'LocalMachine' | 'CurrentUser';
}

export class WindowsKeyStore implements KeyStore {
  readonly #entropyFile: string;
  readonly #shell: readonly string[];
  readonly #place: string;
  #entropy: Promise<string> | null = null;

  constructor({ entropyFile, shell = ['powershell.exe'], place = 'LocalMachine' }: WindowsKeyStoreOptions) {
    this.#entropyFile = entropyFile;
    this.#shell = shell;
    this.#place = place;
  }

  protect(secret: Buffer): Promise<Buffer> {
    return this.#dataProtection('--protect', PROTECT, secret);
  }

  unprotect(stored: Buffer): Promise<Buffer> {
    return this.#dataProtection('--unprotect', UNPROTECT, stored);
  }

  async export(find: string): Promise<ExportedCertificate> {
    const password = crypto.randomUUID();
    const output = await this.#run(EXPORT, [find, this.#place, password]);
    return { pfx: Buffer.from(output, 'base64'), password };
  }

  async #dataProtection(option: string, script: string, bytes: Buffer): Promise<Buffer> {
    const input = [bytes.toString('base64'), await this.#readEntropy()];
    const output = existsSync(SERVICE_PROGRAM)
      ? await answerOf(SERVICE_PROGRAM, [option], input)
      : await this.#run(script, input);
    return Buffer.from(output, 'base64');
  }

  #readEntropy(): Promise<string> {
    this.#entropy ??= this.#openEntropy().catch(error => {
      this.#entropy = null;
      throw error;
    });
    return this.#entropy;
  }

  async #openEntropy(): Promise<string> {
    const found = await readFile(this.#entropyFile).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found) return found.toString('base64');
    const made = randomBytes(32);
    await writeFileAtomic(this.#entropyFile, made);
    return made.toString('base64');
  }

  /** @throws Error with the last line of what PowerShell complained about. */
  #run(script: string, input: readonly string[]): Promise<string> {
    const [program, ...before] = this.#shell as [string, ...string[]];
    const body = `$ErrorActionPreference = 'Stop'; try {${script}\n} catch { [Console]::Error.WriteLine($_.Exception.GetBaseException().Message); exit 1 }`;
    return answerOf(program, [...before, '-NoProfile', '-NonInteractive', '-Command', body], input);
  }
}

/** Runs a program with lines on its input. @throws Error with the last line that it complained. */
function answerOf(program: string, args: readonly string[], input: readonly string[]): Promise<string> {
  const child = spawn(program, args, { timeout: TIMEOUT, windowsHide: true });
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
      if (code === 0 && output.trim() !== '') resolve(output.trim());
      else reject(new Error(last || `${program} ended with ${code} and no answer`));
    });
  });
}
