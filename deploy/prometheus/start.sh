#!/bin/sh
# Entry point of the Prometheus container: writes one target list per job, then becomes Prometheus.
# TARGETS_<JOB> holds "name=host:port" pairs, separated by spaces; a job without any has an empty list.
set -eu

targets=${TARGETS_DIRECTORY:-/prometheus/targets}
mkdir -p "$targets"
for job in gateway replica nginx gpu; do
  variable=TARGETS_$(echo "$job" | tr '[:lower:]' '[:upper:]')
  eval "pairs=\${$variable:-}"
  file=$targets/$job.yml
  echo "# From $variable." >"$file"
  for pair in $pairs; do
    printf -- '- targets: ["%s"]\n  labels: {instance: "%s"}\n' "${pair#*=}" "${pair%%=*}" >>"$file"
  done
done
exec "${PROMETHEUS:-/bin/prometheus}" --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/prometheus "$@"
