/**
 * What `adsutil.vbs enum smtpsvc/1` prints: `Name : (TYPE) value`, lists as `(n Items)` and one quoted item
 * on each following line. Binary values are cut or left out, so what is not there may have been there.
 */
import { type IisSource, SourceBuilder } from './source.ts';

const LINE = /^(\w+)\s*:\s*(?:\[[A-Z]*\]\s*)?\((\w+)\)\s?(.*)$/;
const MOST_ITEMS = 10_000;

/** @throws SourceError */
export function readAdsutil(text: string): IisSource {
  const builder = new SourceBuilder();
  let location = '/LM/SmtpSvc/1';
  const lines = text.split(/\r?\n/);
  let begun = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const command = /adsutil(?:\.vbs)?\s+enum\s+\/?(?:lm\/)?(smtpsvc(?:\/[^\s"]+)*)/i.exec(line);
    if (command) {
      location = `/LM/${command[1]}`;
      builder.key(location, '');
      continue;
    }
    const match = LINE.exec(line.trim());
    if (!match) continue;
    if (!begun) builder.key(location, '');
    begun = true;
    const [, name, type, value] = match as unknown as [string, string, string, string];
    const count = /^\(?(\d{1,6}) Items\)?$/i.exec(value.trim());
    if (count) {
      const items = lines
        .slice(at + 1, at + 1 + Math.min(Number(count[1]), MOST_ITEMS))
        .map(item => unquote(item.trim()));
      builder.property(location, name, items);
      at += items.length;
    } else if (/^(BINARY|IPSEC|IPSECLIST)$/i.test(type) && unquote(value.trim()) === '')
      builder.property(location, name, null, { doubt: 'adsutil does not print binary values' });
    else builder.property(location, name, unquote(value.trim()));
  }
  builder.notes.push(
    'adsutil leaves out binary and inherited values, so address lists are not known. Take Export-IisSmtpConfiguration.ps1 or MetaBase.xml where you can.',
  );
  return builder.build('AdsutilText', false);
}

const unquote = (text: string): string => (/^".*"$/.test(text) ? text.slice(1, -1) : text);
