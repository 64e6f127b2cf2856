#!/bin/sh
# A gate for any pipeline that runs a shell: the exit code is the verdict.
#
# SERINUS_SERVER and SERINUS_TOKEN say where and who; the rest is what is compared.
set -u

status=0
serinus analyze \
  --application checkout \
  --config "${CANARY_CONFIG:-web-service}" \
  --baseline "$BASELINE" \
  --canary "$CANARY" \
  --location "${REGION:-eu}" \
  --lookback "${LOOKBACK:-30m}" \
  --timeout 20m \
  --outputs canary.env || status=$?

case $status in
  0) echo "pass: promote" ;;
  1) echo "fail: roll back" ;;
  3) echo "marginal: a person decides" ;;
  4) echo "inconclusive: a person decides" ;;
  *) echo "no verdict: wrong usage (2) or trouble on the way (5)" ;;
esac
exit "$status"
