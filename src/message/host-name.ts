import { isIP } from 'node:net';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/** Letters, digits and hyphens in labels (RFC 1123), and no address. */
export const isHostName = (text: string): boolean => HOST_NAME.test(text) && isIP(text) === 0;
