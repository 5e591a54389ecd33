# The exporter as a collector, which reads Hyper-V hosts over SSH (docs/fleet.md), or on simulated hosts or a recording. On
# a Hyper-V host it runs as a Windows service instead (docs/windows.md): this image contains no PowerShell.
# To pin the image by its digest: docs/dependencies.md, "Base images"
ARG NODE_IMAGE=node:24-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
COPY tools/build.mjs tools/sbom.mjs tools/
RUN npm ci --ignore-scripts
COPY src src
COPY docs docs
RUN node tools/build.mjs && npm prune --omit=dev --ignore-scripts && node tools/sbom.mjs --installed sbom.cdx.json

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
RUN apt-get update \
  && apt-get install -y --no-install-recommends openssh-client \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /var/lib/hyperv-sriov
WORKDIR /app
COPY --from=build /build/package.json /build/sbom.cdx.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/docs docs
COPY dashboards/*.json dashboards/
RUN ln -s /app/dist/main.js /usr/local/bin/hyperv-sriov-exporter
# ssh does not start for a user without an entry in /etc/passwd: this one has it. Its id is 1000.
USER node
EXPOSE 10182
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:10182/-/healthy').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# As in src/node-flags.ts: a smaller young generation of the heap needs less memory (docs/performance.md).
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/main.js"]
CMD ["serve", "--source", "demo"]
