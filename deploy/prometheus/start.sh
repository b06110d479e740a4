#!/bin/sh
# Entry point of the Prometheus container: writes one target list per job, then becomes Prometheus.
# TARGETS_<JOB> holds "name=host:port" pairs, separated by spaces; a job without any has an empty list.
#
# prometheus.yml looks for the lists beside itself, and the folder that it is mounted in can't be written to. So Prometheus is
# given the same files under another path, beside the lists.
set -eu

mounted=$(cd "$(dirname "$0")" && pwd)
targets=${TARGETS_DIRECTORY:-/prometheus/targets}
home=$(dirname "$targets")
mkdir -p "$targets"
ln -sfn "$mounted/prometheus.yml" "$home/prometheus.yml"
ln -sfn "$mounted/rules" "$home/rules"

TARGETS_PROMETHEUS=${TARGETS_PROMETHEUS:-prometheus=localhost:9090}
for job in gateway replica nginx haproxy gpu prometheus; do
  variable=TARGETS_$(echo "$job" | tr '[:lower:]' '[:upper:]')
  eval "pairs=\${$variable:-}"
  file=$targets/$job.yml
  echo "# From $variable." >"$file"
  for pair in $pairs; do
    printf -- '- targets: ["%s"]\n  labels: {instance: "%s"}\n' "${pair#*=}" "${pair%%=*}" >>"$file"
  done
done
exec "${PROMETHEUS:-/bin/prometheus}" --config.file="$home/prometheus.yml" --storage.tsdb.path="$home" "$@"
