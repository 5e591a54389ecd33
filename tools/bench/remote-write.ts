/** A series and its samples, as Prometheus' remote write protocol 1.0 takes them. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Unix milliseconds and value, in order of time */
  readonly samples: readonly (readonly [at: number, value: number])[];
}

/** Bytes that grow as they are written. */
class Bytes {
  #bytes = Buffer.alloc(1 << 20);
  #length = 0;

  #need(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
  byte(value: number): void {
    this.#need(1);
    this.#bytes[this.#length++] = value;
  }
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }
  double(value: number): void {
    this.#need(8);
    this.#bytes.writeDoubleLE(value, this.#length);
    this.#length += 8;
  }
  text(content: string): void {
    const bytes = Buffer.byteLength(content);
    this.#need(bytes);
    this.#bytes.write(content, this.#length);
    this.#length += bytes;
  }
  done(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
};
/** Of a field of so many bytes with its tag and length */
const fieldSize = (content: number): number => 1 + varintSize(content) + content;
const labelSize = (name: string, value: string): number =>
  fieldSize(Buffer.byteLength(name)) + fieldSize(Buffer.byteLength(value));
const sampleSize = (at: number): number => 1 + 8 + 1 + varintSize(at);

/** `prometheus.WriteRequest` (prompb/remote.proto): labels sorted by name, samples in order. */
export function writeRequest(series: readonly WrittenSeries[]): Buffer {
  const request = new Bytes();
  const text = (tag: number, content: string): void => {
    request.byte(tag);
    request.varint(Buffer.byteLength(content));
    request.text(content);
  };
  for (const { labels, samples } of series) {
    const pairs = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
    request.byte(0x0a);
    request.varint(
      pairs.reduce((size, [name, value]) => size + fieldSize(labelSize(name, value)), 0) +
        samples.reduce((size, [at]) => size + fieldSize(sampleSize(at)), 0),
    );
    for (const [name, value] of pairs) {
      request.byte(0x0a);
      request.varint(labelSize(name, value));
      text(0x0a, name);
      text(0x12, value);
    }
    for (const [at, value] of samples) {
      request.byte(0x12);
      request.varint(sampleSize(at));
      request.byte(0x09);
      request.double(value);
      request.byte(0x10);
      request.varint(at);
    }
  }
  return request.done();
}

const LITERAL_WITH_4_BYTES = 63 << 2;

/** A block in Snappy's format that says everything literally: nothing is gained, and nothing is needed. */
export function snappy(content: Buffer): Buffer {
  const head = new Bytes();
  head.varint(content.length);
  head.byte(LITERAL_WITH_4_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length - 1);
  return Buffer.concat([head.done(), length, content]);
}

/** Sends them to a Prometheus that takes remote writes. @throws Error with its answer where it refuses them */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const answer = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
    },
    body: new Uint8Array(snappy(writeRequest(series))),
  });
  if (!answer.ok) throw new Error(`remote write: ${answer.status} ${await answer.text()}`);
}
