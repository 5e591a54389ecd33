/** Families of the process, on /metrics alone: set where things happen, not read from a View. */
export const processMetrics = {
  buildInfo: {
    name: 'hyperv_exporter_build_info',
    help: 'The running program: always 1, read its labels.',
    labels: ['version', 'node_version'],
  },
  reloadSuccessful: {
    name: 'hyperv_exporter_config_last_reload_successful',
    help: 'Whether the last load of the configuration was good; where 0, the one before it is in force.',
    labels: [],
  },
  reloadTimestamp: {
    name: 'hyperv_exporter_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was loaded, Unix seconds.',
    labels: [],
  },
  clock: {
    name: 'hyperv_exporter_clock_timestamp_seconds',
    help: 'The clock of the exporter when the metrics were rendered, Unix seconds. It is rendered at least every 15 s.',
    labels: [],
  },
  certificateExpiry: {
    name: 'hyperv_exporter_tls_certificate_expiry_timestamp_seconds',
    help: 'When the first certificate of the chain that is served expires, Unix seconds. Absent without TLS.',
    labels: [],
  },
  notificationsSent: {
    name: 'hyperv_exporter_notifications_sent_total',
    help: 'Alerts that the Alertmanager took.',
    labels: ['alertmanager'],
  },
  notificationErrors: {
    name: 'hyperv_exporter_notifications_errors_total',
    help: 'Alerts that the Alertmanager refused or could not be reached for.',
    labels: ['alertmanager'],
  },
  notificationsDropped: {
    name: 'hyperv_exporter_notifications_dropped_total',
    help: 'Alerts given up because the queue was full.',
    labels: ['alertmanager'],
  },
  notificationQueue: {
    name: 'hyperv_exporter_notifications_queue_length',
    help: 'Alerts that wait to be sent.',
    labels: [],
  },
} as const;
