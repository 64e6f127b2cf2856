-- Writes a delivery after an attempt, if it stands as the caller read it: whether it did. `due` is empty if it has ended.
local _, id, delivery, before, after, due = unpack(ARGV)
if redis.call('HGET', key('deliveries', id), delivery) ~= before then
  return false
end
redis.call('HSET', key('deliveries', id), delivery, after)
if due == '' then
  redis.call('ZREM', OUTBOX, id .. ' ' .. delivery)
else
  redis.call('ZADD', OUTBOX, due_at(due), id .. ' ' .. delivery)
end
return true
