# Has the release analysed every $EVERY seconds, over the last 48, and first after $FIRST_AFTER. SERINUS_SERVER says by whom.
# The exit code is the verdict: a pipeline would stop at anything but 0; this one goes on, to have something to look at.
sleep "$FIRST_AFTER"
while :; do
  serinus analyze --application shop --config web-service --baseline shop-baseline --canary shop-canary \
    --lookback 48s --step 4s --timeout 50s --label pipeline=every-minute || echo "exit code $?"
  sleep "$EVERY"
done
