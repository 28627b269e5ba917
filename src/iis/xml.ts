/** XML of strangers: no DTD, no entities but the five of XML, and an end to depth and number of elements. */
import { SaxesParser } from 'saxes';
import { SourceError } from './source.ts';

const DEEPEST = 64;
const MOST_ELEMENTS = 1_000_000;
const PIECE = 65_536;

export interface XmlReader {
  open(name: string, attributes: Readonly<Record<string, string>>, depth: number): void;
  text?(text: string): void;
  close(name: string, depth: number): void;
}

/** Reads a document from beginning to end; `depth` of the root is 1. @throws SourceError */
export function readXml(document: string, reader: XmlReader): void {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let depth = 0;
  let elements = 0;
  const refuse = (why: string): never => {
    throw new SourceError(`Line ${parser.line}: ${why}`);
  };
  parser.on('error', error => refuse(`it is not well-formed XML (${error.message.replace(/^\d+:\d+: /, '')})`));
  parser.on('doctype', () => refuse('it has a DTD, which no metabase has; it is not read.'));
  parser.on('opentag', ({ name, attributes }) => {
    depth++;
    elements++;
    if (depth > DEEPEST) refuse(`elements are nested more than ${DEEPEST} deep.`);
    if (elements > MOST_ELEMENTS) refuse(`there are more than ${MOST_ELEMENTS} elements.`);
    reader.open(name, attributes as Record<string, string>, depth);
  });
  parser.on('text', text => reader.text?.(text));
  parser.on('closetag', ({ name }) => {
    reader.close(name, depth);
    depth--;
  });
  for (let at = 0; at < document.length; at += PIECE) parser.write(document.slice(at, at + PIECE));
  parser.close();
}

export const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
