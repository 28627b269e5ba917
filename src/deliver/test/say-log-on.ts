/** A log-on in a probe's conversation; what goes out is never told. */
import { createHmac } from 'node:crypto';
import { bearerOf, type LogOnMethod } from '../log-on.ts';
import type { Heard, Probe } from './probe.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** @returns the last reply. @throws NoAnswer */
export async function sayLogOn(
  probe: Probe,
  method: Exclude<LogOnMethod, 'Automatic'>,
  user: string,
  secret: string,
): Promise<Heard> {
  switch (method) {
    case 'PLAIN':
      return probe.say(`AUTH PLAIN ${base64(`\0${user}\0${secret}`)}`);
    case 'LOGIN': {
      let heard = await probe.say('AUTH LOGIN');
      if (heard.code === 334) heard = await probe.say(base64(user));
      return heard.code === 334 ? probe.say(base64(secret)) : heard;
    }
    case 'CRAM-MD5': {
      const heard = await probe.say('AUTH CRAM-MD5');
      if (heard.code !== 334) return heard;
      const challenge = Buffer.from(heard.text.slice(4), 'base64');
      return probe.say(base64(`${user} ${createHmac('md5', secret).update(challenge).digest('hex')}`));
    }
    case 'XOAUTH2': {
      const heard = await probe.say(`AUTH XOAUTH2 ${bearerOf(user, secret)}`);
      // Google tells what is wrong in a challenge and wants an empty answer to it.
      return heard.code === 334 ? probe.say('') : heard;
    }
  }
}
