/** How each connector logs on: its settings, its secret and its tokens joined. */
import type { LogOn } from '../deliver/log-on.ts';
import type { Emit } from '../log/events.ts';
import { type Proof, requestToken, type TokenRequest, TokenTrouble } from '../oauth/token-request.ts';
import { TokenSource } from '../oauth/token-source.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import { keyPem } from '../settings/certificates/pem.ts';
import type { Credentials, Secret } from '../settings/credentials.ts';
import type { Connector } from '../settings/settings.ts';

export interface LogOnsDependencies {
  readonly credentials: Credentials;
  readonly certificates: () => Pick<Certificates, 'get'>;
  readonly now: () => number;
  readonly emit: Emit;
}

const MICROSOFT = 'https://login.microsoftonline.com';
const GOOGLE = 'https://oauth2.googleapis.com/token';

interface Kept {
  /** What the token depends on. */
  readonly basis: string;
  readonly source: TokenSource;
}

export class LogOns {
  readonly #deps: LogOnsDependencies;
  readonly #sources = new Map<string, Kept>();

  constructor(deps: LogOnsDependencies) {
    this.#deps = deps;
  }

  /** How a connector logs on by SMTP; null when it does not. */
  of(connector: Connector): LogOn | null {
    const { authenticationMethod: method, authenticationUserName, name } = connector;
    if (method === 'None') return null;
    return {
      method,
      userName: authenticationUserName ?? '',
      allowClearText: connector.allowClearTextAuthentication,
      secret: refused => (method === 'XOAUTH2' ? this.token(connector, refused) : this.#password(name)),
    };
  }

  /**
   * An access token for a connector.
   * @param refused one that was just refused
   * @throws Error with a sentence
   */
  async token(connector: Connector, refused: string | null): Promise<string> {
    const secret = await this.#deps.credentials.of(connector.name);
    const request = this.#requestOf(connector, secret);
    const basis = JSON.stringify(request);
    const known = this.#sources.get(connector.name);
    if (known?.basis === basis) return known.source.get(refused);
    const source = new TokenSource({
      request: () => requestToken(request, this.#deps.now),
      now: this.#deps.now,
      onChange: trouble => this.#tell(connector.name, trouble),
    });
    this.#sources.set(connector.name, { basis, source });
    return source.get(refused);
  }

  async #password(connector: string): Promise<string> {
    const secret = await this.#deps.credentials.of(connector);
    if (secret?.kind === 'Password') return secret.password;
    throw new Error(`No password is kept for connector ${connector}; give it with Set-SmtpConnectorCredential`);
  }

  #requestOf(connector: Connector, secret: Secret | null): TokenRequest {
    const proof = this.#proofOf(connector, secret);
    const { tokenEndpoint, tenantId, tokenScope, type } = connector;
    const isGoogle = proof.kind === 'ServiceAccount';
    const ofTenant = tenantId === null ? null : `${MICROSOFT}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
    const ofAccount = secret?.kind === 'ServiceAccount' ? (secret.account.tokenEndpoint ?? GOOGLE) : null;
    const endpoint = tokenEndpoint ?? (isGoogle ? ofAccount : ofTenant);
    if (endpoint === null)
      throw new TokenTrouble(
        `Connector ${connector.name} does not say who gives its tokens; set TenantId or TokenEndpoint`,
      );
    const usual = isGoogle
      ? 'https://mail.google.com/'
      : type === 'Graph'
        ? `${new URL(connector.graphEndpoint).origin}/.default`
        : 'https://outlook.office365.com/.default';
    return { endpoint, scope: tokenScope ?? usual, proof };
  }

  #proofOf(connector: Connector, secret: Secret | null): Proof {
    const { name, clientId, tokenCertificate, authenticationUserName } = connector;
    if (secret?.kind === 'ServiceAccount' && tokenCertificate === null) {
      const { email, privateKey, keyId } = secret.account;
      return { kind: 'ServiceAccount', email, privateKey, keyId, subject: authenticationUserName };
    }
    if (clientId === null)
      throw new TokenTrouble(`Connector ${name} has no ClientId; set that of the application that asks for tokens`);
    if (tokenCertificate !== null) {
      const bundle = this.#deps.certificates().get(tokenCertificate)?.bundle;
      if (!bundle) throw new TokenTrouble(`The certificate ${tokenCertificate} of connector ${name} is not there`);
      const thumbprint256 = bundle.certificate.fingerprint256.replaceAll(':', '');
      return { kind: 'Certificate', clientId, privateKey: keyPem(bundle.key), thumbprint256 };
    }
    if (secret?.kind === 'ClientSecret') return { kind: 'ClientSecret', clientId, clientSecret: secret.clientSecret };
    throw new TokenTrouble(
      `No client secret and no certificate is kept for connector ${name}; give it with Set-SmtpConnectorCredential`,
    );
  }

  #tell(connector: string, trouble: string | null): void {
    const what =
      trouble === null
        ? `Connector ${connector} gets tokens again`
        : `Connector ${connector} gets no token, so its mail waits: ${trouble}`;
    this.#deps.emit({ type: 'service', level: trouble === null ? 'info' : 'error', what });
  }
}
