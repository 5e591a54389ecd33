/** The values of an exposition that is known to be valid. */
export class Metrics {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value of the series with these labels, in the order of the exposition; undefined if it is not there */
  value(name: string, labels = ''): number | undefined {
    const start = `\n${name}${labels === '' ? '' : `{${labels}}`} `;
    const at = this.#text.indexOf(start);
    return at === -1 ? undefined : Number(this.#text.slice(at + start.length, this.#text.indexOf('\n', at + 1)));
  }

  /** The sum of all series of a family whose labels contain this text */
  sum(name: string, containing = ''): number {
    let sum = 0;
    for (const line of this.#text.split('\n'))
      if (line.startsWith(`${name}{`) && line.includes(containing))
        sum += Number(line.slice(line.lastIndexOf(' ') + 1));
    return sum;
  }

  success(part: string): boolean {
    return this.value('hyperv_exporter_collector_success', `collector="${part}"`) === 1;
  }
}
