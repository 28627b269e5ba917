/** A certificate with its key, out of the store of the computer. */
export interface ExportedCertificate {
  readonly pfx: Buffer;
  readonly password: string;
}

/** Where keys come from and how they lie on the disk, as the operating system has it. */
export interface KeyStore {
  /** What may lie on the disk. */
  protect(secret: Buffer): Promise<Buffer>;
  /** @throws when another computer protected it. */
  unprotect(stored: Buffer): Promise<Buffer>;
  /**
   * @param find thumbprint or subject
   * @throws Error with a sentence when there is none, or its key can't be exported.
   */
  export(find: string): Promise<ExportedCertificate>;
}
