/** Runs work when it is its turn; settles as the work does. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;
