import koffi from 'koffi';

const FIELDS = [
  'arena',
  'ordblks',
  'smblks',
  'hblks',
  'hblkhd',
  'usmblks',
  'fsmblks',
  'uordblks',
  'fordblks',
  'keepcost',
];
type Info = Readonly<Record<'uordblks' | 'hblkhd', number>>;

export interface Allocator {
  /** Gives the pages back that hold nothing. */
  trim(): void;
  /** Bytes that the process has asked for and not freed, outside V8's heap: buffers, sockets, what Node and V8 allocate */
  inUse(): number;
}

/** The allocator of the C library: malloc_trim(3) and mallinfo2(3) of glibc 2.33 or later. */
export function openAllocator(): Allocator {
  const libc = koffi.load('libc.so.6');
  const info = koffi.struct('mallinfo2', Object.fromEntries(FIELDS.map((field) => [field, 'size_t'])));
  const mallinfo: () => Info = libc.func('mallinfo2', info, []);
  const trim: (keep: number) => number = libc.func('malloc_trim', 'int', ['size_t']);
  return {
    trim: () => void trim(0),
    inUse() {
      const { uordblks, hblkhd } = mallinfo();
      return uordblks + hblkhd;
    },
  };
}
