/** Writes IPSECLIST values by the specification, for tests. */

export interface Group {
  readonly mask: number;
  readonly addresses: readonly number[];
}

/** Rules by domain name; how their items are kept nobody knows, only that they are counted. */
export interface Names {
  readonly denied: number;
  readonly granted: number;
}

const PLACE = 0x8000_0000;
const NO_NAMES: Names = { denied: 0, granted: 0 };

function put(view: DataView, at: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) view.setUint32(at + index * 4, word, true);
}

/** Lists in the order of the layout: places, denied, granted, denied and granted names, items. */
export function encodeList(deny: readonly Group[], grant: readonly Group[], names: Names = NO_NAMES): Uint8Array {
  const denyAt = 24;
  const grantAt = denyAt + 8 + 20 * deny.length;
  const namesAt = grantAt + 8 + 20 * grant.length;
  const dataAt = namesAt + 16;
  const items = [...deny, ...grant].reduce((sum, group) => sum + 1 + group.addresses.length, 0);
  const nameBytes = 8 * (names.denied + names.granted);
  const bytes = new Uint8Array(dataAt + 4 * items + nameBytes);
  const view = new DataView(bytes.buffer);
  const words = [PLACE + denyAt, PLACE + grantAt, PLACE + namesAt, PLACE + namesAt + 8, 1, dataAt];
  put(view, 0, words);
  put(view, namesAt, [names.denied, names.denied, names.granted, names.granted]);
  let data = dataAt;
  const write = (at: number, groups: readonly Group[]) => {
    view.setUint32(at, groups.length, true);
    view.setUint32(
      at + 4,
      groups.reduce((sum, { addresses }) => sum + addresses.length, 0),
      true,
    );
    for (const [index, { mask, addresses }] of groups.entries()) {
      put(view, at + 8 + index * 20, [2, addresses.length + 1, 4, 0, PLACE + data]);
      for (const item of [mask, ...addresses]) {
        view.setUint32(data, item);
        data += 4;
      }
    }
  };
  write(denyAt, deny);
  write(grantAt, grant);
  bytes.fill(0x61, data);
  return bytes;
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
