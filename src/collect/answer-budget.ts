/** Four answers of the largest size that is allowed; an ordinary one has some hundred kilobytes. */
const LIMIT = 128 * 1024 * 1024;

/** An answer that is being received. */
export interface HeldAnswer {
  /** Counts what has arrived of it. It may drop this answer or another one. */
  add(bytes: number): void;
  /** It is complete, or given up. */
  release(): void;
}

/** The memory that answers of all hosts take while they are received. */
export interface AnswerBudget {
  readonly limit: number;
  /** @param drop gives up the answer; called once, when it is the longest of all and all together are too long */
  hold(drop: () => void): HeldAnswer;
}

/**
 * Each answer has a limit of its own, but a collector receives those of hundreds of hosts at the same time. When all
 * together take more than `limit` bytes, the longest is dropped: never that of an ordinary host while another floods.
 */
export function createAnswerBudget(limit = LIMIT): AnswerBudget {
  interface Entry {
    bytes: number;
    readonly drop: () => void;
  }
  const open = new Set<Entry>();
  let total = 0;
  const release = (entry: Entry): void => {
    if (open.delete(entry)) total -= entry.bytes;
  };
  const dropLongest = (): void => {
    let longest: Entry | undefined;
    for (const entry of open) if (longest === undefined || entry.bytes > longest.bytes) longest = entry;
    if (longest === undefined) return;
    release(longest);
    longest.drop();
  };
  return {
    limit,
    hold(drop) {
      const entry: Entry = { bytes: 0, drop };
      open.add(entry);
      return {
        add(bytes) {
          if (!open.has(entry)) return;
          entry.bytes += bytes;
          total += bytes;
          // One is enough: the longest is not shorter than this one, and all others had room before it grew.
          if (total > limit) dropLongest();
        },
        release: () => release(entry),
      };
    },
  };
}

/** That of this process. */
export const answerBudget = createAnswerBudget();

/** What is said of an answer that was dropped. */
export const droppedText = ({ limit }: AnswerBudget): string =>
  `the answers of all hosts together took more than ${limit / 1_048_576} MiB while they were received, and this one was the longest`;
