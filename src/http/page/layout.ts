import { html, type Html, name } from './html.ts';

export interface PageFrame {
  readonly title: string;
  readonly host: string | undefined;
  readonly version: string;
  readonly simulated: boolean;
}

/** The frame of every page. `main` is what a refresh replaces. */
export function layout(frame: PageFrame, main: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${frame.title} - hyperv-sriov-exporter</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/page.css" />
        <script src="/assets/page.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p class="brand">
            <a href="/">hyperv-sriov-exporter</a
            >${frame.host === undefined ? undefined : html` on ${name(frame.host)}`}${
              frame.simulated ? html` <strong class="badge simulated">simulated host</strong>` : undefined
            }
          </p>
          <nav aria-label="Endpoints">
            <ul>
              <li><a href="/metrics">Metrics</a></li>
              <li><a href="/api/v1/vnics">vNICs (JSON)</a></li>
              <li><a href="/api/v1/findings">Findings (JSON)</a></li>
              <li><a href="/api/v1/capacity">Capacity (JSON)</a></li>
              <li><a href="/api/v1/openapi.json">API description</a></li>
              <li><a href="/-/ready">Ready</a></li>
            </ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">${main}</main>
        <footer><p>Version ${frame.version}. This page refreshes itself every 15 seconds.</p></footer>
      </body>
    </html> `.text;
}
