/** WMI objects as Export-Clixml writes them: `Obj` with `Props` and `MS`, values by type and the attribute N. */
import { type IisSource, SourceError } from './source.ts';
import { wmiObjects } from './wmi.ts';
import { localName, readXml } from './xml.ts';

interface Node {
  readonly tag: string;
  readonly name: string | undefined;
  text: string;
  readonly children: Node[];
}

const MOST_OBJECTS = 100_000;

/** @throws SourceError */
export function readCliXml(document: string): IisSource {
  const root: Node = { tag: '', name: undefined, text: '', children: [] };
  const open: Node[] = [root];
  readXml(document, {
    open(tag, attributes) {
      const node: Node = { tag: localName(tag), name: attributes.N, text: '', children: [] };
      open.at(-1)!.children.push(node);
      open.push(node);
    },
    text(text) {
      open.at(-1)!.text += text;
    },
    close() {
      open.pop();
    },
  });
  const [objects] = root.children;
  if (objects?.tag !== 'Objs') throw new SourceError('It is XML, but neither a metabase nor a file of Export-Clixml.');
  const found: Record<string, unknown>[] = [];
  collect(objects, found);
  return wmiObjects(found, 'WmiCliXml');
}

/** Objects with a Name, also those in lists. */
function collect(node: Node, found: Record<string, unknown>[]): void {
  if (found.length > MOST_OBJECTS) throw new SourceError(`It has more than ${MOST_OBJECTS} objects.`);
  if (node.tag === 'Obj') {
    const object = membersOf(node);
    if (typeof object.Name === 'string') {
      found.push(object);
      return;
    }
  }
  for (const child of node.children) collect(child, found);
}

function membersOf(node: Node): Record<string, unknown> {
  const members = node.children
    .filter(({ tag }) => tag === 'Props' || tag === 'MS')
    .flatMap(({ children }) => children);
  return Object.fromEntries(
    members.flatMap(member =>
      member.name === undefined ? [] : [[unescaped(member.name), readValue(member)] as const],
    ),
  );
}

/** PowerShell writes characters that XML has not as `_x000D_`. */
const unescaped = (text: string): string =>
  text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

function readValue(node: Node): unknown {
  switch (node.tag) {
    case 'Nil':
      return null;
    case 'B':
      return node.text === 'true';
    case 'By':
    case 'SB':
    case 'I16':
    case 'U16':
    case 'I32':
    case 'U32':
    case 'I64':
    case 'U64':
      return Number(node.text);
    case 'BA':
      return [...Buffer.from(node.text, 'base64')];
    case 'Obj': {
      const list = node.children.find(({ tag }) => tag === 'LST' || tag === 'IE');
      return list ? list.children.map(readValue) : membersOf(node);
    }
    default:
      return unescaped(node.text);
  }
}
