/** Certificates and keys as text, the way they lie in the certificates folder. */
import type { Bundle } from './bundle.ts';

/** Files of the certificates folder. `pem`: key and certificates. `password`: of the file that source File names. */
export const KINDS = ['pem', 'password'] as const;
export type Kind = (typeof KINDS)[number];

/** As it lies in the vault: key, certificate, chain, root. */
export function pemOf({ key, certificate, chain, root }: Bundle): string {
  return `${keyPem(key)}${certificatesPem({ certificate, chain: root ? [...chain, root] : chain })}`;
}

export const keyPem = (key: Bundle['key']): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

export const certificatesPem = ({ certificate, chain }: Pick<Bundle, 'certificate' | 'chain'>): string =>
  [certificate, ...chain].map(each => each.toString()).join('');
