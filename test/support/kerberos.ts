/**
 * A Kerberos realm of its own on loopback, and a file of NTLM users: what a Windows domain would be. The
 * relay of a test runs in this process, so this process gets the variables that GSSAPI reads; clients
 * get those of `environment`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, until } from './relay-waiting.ts';

export const REALM = 'RELAY.TEST';
export const KERBEROS_PASSWORD = 'alices secret';
export const NTLM_PASSWORD = 'bobs secret';

const PROGRAMS = ['/usr/sbin/krb5kdc', '/usr/sbin/kdb5_util', '/usr/sbin/kadmin.local', '/usr/bin/kinit'];

/** Why there can be no realm here; null when there can. */
export const noKerberos: string | null = PROGRAMS.every(existsSync)
  ? null
  : 'krb5-kdc, krb5-admin-server or krb5-user is missing';
export const noNtlm: string | null = existsSync('/etc/gss/mech.d/mech.ntlmssp.conf') ? null : 'gss-ntlmssp is missing';

export class Realm {
  /** For clients: alice has a ticket in it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #kdc: ChildProcess;

  private constructor(environment: NodeJS.ProcessEnv, kdc: ChildProcess) {
    this.environment = environment;
    this.#kdc = kdc;
  }

  static async start(folder: string): Promise<Realm> {
    const port = await freePort();
    await mkdir(folder, { recursive: true });
    const at = (name: string) => join(folder, name);
    await writeFile(
      at('krb5.conf'),
      `[libdefaults]\n default_realm = ${REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n dns_canonicalize_hostname = false\n udp_preference_limit = 1\n[realms]\n ${REALM} = {\n  kdc = 127.0.0.1:${port}\n }\n[domain_realm]\n localhost = ${REALM}\n`,
    );
    await writeFile(
      at('kdc.conf'),
      `[kdcdefaults]\n kdc_ports = ${port}\n kdc_tcp_ports = ${port}\n[realms]\n ${REALM} = {\n  database_name = ${at('principal')}\n  key_stash_file = ${at('stash')}\n  acl_file = ${at('acl')}\n }\n`,
    );
    await writeFile(at('ntlm'), `TESTDOM:bob:${NTLM_PASSWORD}\n`);
    const common = { KRB5_CONFIG: at('krb5.conf'), KRB5_KDC_PROFILE: at('kdc.conf') };
    const env = { ...process.env, ...common };
    const quiet = { env, stdio: ['pipe', 'ignore', 'ignore'] as ['pipe', 'ignore', 'ignore'] };
    execFileSync('/usr/sbin/kdb5_util', ['create', '-s', '-r', REALM, '-P', 'master secret'], quiet);
    const admin = (query: string) => execFileSync('/usr/sbin/kadmin.local', ['-r', REALM, '-q', query], quiet);
    admin(`addprinc -pw "${KERBEROS_PASSWORD}" alice`);
    for (const service of ['smtp/localhost', 'SMTPSVC/localhost']) {
      admin(`addprinc -randkey ${service}`);
      admin(`ktadd -k ${at('keytab')} ${service}`);
    }
    const kdc = spawn('/usr/sbin/krb5kdc', ['-n', '-r', REALM, '-P', at('pid')], { env, stdio: 'ignore' });
    const client = { ...env, KRB5CCNAME: `FILE:${at('tickets')}` };
    await until('the KDC gives a ticket', async () => {
      try {
        execFileSync('kinit', [`alice@${REALM}`], {
          env: client,
          input: `${KERBEROS_PASSWORD}\n`,
          stdio: ['pipe', 'ignore', 'ignore'],
        });
        return true;
      } catch {
        return false;
      }
    });
    Object.assign(process.env, common, { KRB5_KTNAME: at('keytab'), NTLM_USER_FILE: at('ntlm') });
    return new Realm(client, kdc);
  }

  stop(): void {
    this.#kdc.kill();
  }
}
