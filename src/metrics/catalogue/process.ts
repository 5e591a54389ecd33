/** Metrics of the process, on /metrics only. They are set where things happen, not read from a View. */
export const processMetrics = {
  buildInfo: {
    name: 'hyperv_exporter_build_info',
    help: 'Information about the running exporter, as labels. The value is always 1.',
    labels: ['version', 'node_version'],
  },
  reloadSuccessful: {
    name: 'hyperv_exporter_config_last_reload_successful',
    help: 'Whether the last load of the configuration and of the web configuration succeeded: 1 if so, 0 if a previous one is still in use.',
    labels: [],
  },
  reloadTimestamp: {
    name: 'hyperv_exporter_config_last_reload_success_timestamp_seconds',
    help: 'Time when the configuration in use was loaded, in Unix seconds.',
    labels: [],
  },
  clock: {
    name: 'hyperv_exporter_clock_timestamp_seconds',
    help: 'Time on the clock of the host when the metrics were rendered, in Unix seconds. They are rendered again after 15 s at the latest.',
    labels: [],
  },
  certificateExpiry: {
    name: 'hyperv_exporter_tls_certificate_expiry_timestamp_seconds',
    help: 'Time when the first certificate of the served chain expires, in Unix seconds. Absent without TLS.',
    labels: [],
  },
  connectionsRefused: {
    name: 'hyperv_exporter_http_connections_refused_total',
    help: 'Number of HTTP connections that were closed because a limit was reached: `limit` is `client` for the connections of one client, `server` for those of all, `pipelining` for the requests that one connection has sent before it read the answers.',
    labels: ['limit'],
  },
  slowAnswersEnded: {
    name: 'hyperv_exporter_http_slow_answers_ended_total',
    help: 'Number of HTTP answers that were ended because their clients read too slowly, and the bytes that these had not read yet filled the memory for them.',
    labels: [],
  },
  saveFailures: {
    name: 'hyperv_exporter_state_save_failures_total',
    help: 'Number of times that a file of the state folder could not be saved, as on a full disk. `file` is its kind: `journal`, `history`, `charts`, `alerts` (of the agent), `updates` and `nodes` (of a collector).',
    labels: ['file'],
  },
  notificationsSent: {
    name: 'hyperv_exporter_notifications_sent_total',
    help: 'Number of alerts that the Alertmanager accepted.',
    labels: ['alertmanager'],
  },
  notificationErrors: {
    name: 'hyperv_exporter_notifications_errors_total',
    help: 'Number of alerts that could not be sent because the Alertmanager refused them or could not be reached.',
    labels: ['alertmanager'],
  },
  notificationsDropped: {
    name: 'hyperv_exporter_notifications_dropped_total',
    help: 'Number of alerts that were dropped because the queue was full.',
    labels: ['alertmanager'],
  },
  notificationQueue: {
    name: 'hyperv_exporter_notifications_queue_length',
    help: 'Number of alerts that wait to be sent.',
    labels: [],
  },
} as const;
