/** What replies of mail servers mean. */
import { explainAll } from '../../contract/reply-catalogue.ts';
import type { PartOf } from '../handlers.ts';

export function statusMethods(): PartOf<'status'> {
  return {
    'status.resolve': ({ status }) => explainAll(status.trim()).map(found => ({ status: status.trim(), ...found })),
  };
}
