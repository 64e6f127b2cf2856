-- Takes the delivery that has been due the longest, for so many milliseconds: {'taken', its doc, its run's doc};
-- {'nothing', milliseconds until the next is due, or -1}.
local _, hold = unpack(ARGV)
while true do
  local at = now()
  local due = redis.call('ZRANGE', OUTBOX, '-inf', at, 'BYSCORE', 'LIMIT', 0, 1)[1]
  if not due then
    local next_due = redis.call('ZRANGE', OUTBOX, 0, 0, 'WITHSCORES')[2]
    return { 'nothing', string.format('%.0f', next_due and math.max(next_due - at, 0) or -1) }
  end
  local id, delivery = due:match('^(%S+) (%S+)$')
  local doc, run = redis.call('HGET', key('deliveries', id), delivery), redis.call('HGET', key('run', id), 'doc')
  if doc and run then
    redis.call('ZADD', OUTBOX, at + hold, due)
    return { 'taken', doc, run }
  end
  redis.call('ZREM', OUTBOX, due)
end
