-- What has to be done again and again, by any replica: hands out what has become due, and anew what was claimed by a
-- worker that has gone silent. Milliseconds until the next look is due; -1 if none is known.
redis.pcall('XGROUP', 'CREATE', READY, GROUP, '0', 'MKSTREAM')

local lost = redis.call('XAUTOCLAIM', READY, GROUP, 'lost', limits.lease, '0-0', 'COUNT', 100)
for _, claimed in ipairs(lost[2]) do
  local entry, id = claimed[1], claimed[2][2]
  if redis.call('HGET', key('run', id), 'entry') == entry then
    unqueue(id)
    wait(id)
    tell(id)
  else
    redis.call('XACK', READY, GROUP, entry)
    redis.call('XDEL', READY, entry)
  end
end

-- Replicas come and go, and each reads under a name of its own.
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', READY, GROUP)) do
  local consumer = {}
  for i = 1, #fields, 2 do
    consumer[fields[i]] = fields[i + 1]
  end
  if consumer.pending == 0 and consumer.idle > 3600000 then
    redis.call('XGROUP', 'DELCONSUMER', READY, GROUP, consumer.name)
  end
end

pump()
local at = now()
local next_due = redis.call('ZRANGE', DUE, string.format('(%.0f', at), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
return next_due[2] and math.max(next_due[2] - at, 0) or -1
