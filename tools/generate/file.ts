/** A file that is made from sources and kept in the repository; `path` is relative to its root. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}
