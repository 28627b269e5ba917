/** A policy host of MTA-STS (RFC 8461) for tests: HTTPS on a free port, with certificates of an authority of its own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createSecureContext } from 'node:tls';
import { TestAuthority } from './tls.ts';

export interface PolicyHost {
  readonly port: number;
  /** PEM, for who trusts it. */
  readonly authorities: string;
  readonly authority: TestAuthority;
  /** Host and path of each request. */
  readonly asked: string[];
  /** By domain: a text, or what becomes of the request. */
  readonly policies: Map<string, string | ((response: ServerResponse) => void)>;
  /** Names that the certificate shown for a host carries instead. */
  readonly wrongNames: Map<string, string>;
}

export function testAuthority(t: TestContext): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'smtp-relay-ca-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return new TestAuthority(folder);
}

export async function policyHost(t: TestContext): Promise<PolicyHost> {
  const authority = testAuthority(t);
  const first = authority.issue({ name: 'policy.test' });
  const host = {
    port: 0,
    authorities: first.root,
    authority,
    asked: [] as string[],
    policies: new Map<string, string | ((response: ServerResponse) => void)>(),
    wrongNames: new Map<string, string>(),
  };
  const server = createServer(
    {
      SNICallback: (name, done) => {
        const { key, leaf, intermediate } = authority.issue({ name: host.wrongNames.get(name) ?? name });
        done(null, createSecureContext({ key, cert: leaf + intermediate }));
      },
    },
    (request, response) => {
      const name = request.headers.host!.replace(/:\d+$/, '');
      host.asked.push(`${name}${request.url}`);
      const policy = host.policies.get(name.replace(/^mta-sts\./, ''));
      if (typeof policy === 'function') policy(response);
      else if (policy === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end(policy);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  host.port = (server.address() as AddressInfo).port;
  return host;
}
