-- Takes in a run, or finds the one its key stands for: {'new'}, {'full'}, or {'found', doc, digest of its request}.
local _, id, doc, due, shares, application, config, digest, packed, name, attempt, request, oldest, messages = unpack(ARGV)

if name ~= '' then
  local earlier = redis.call('GET', key('key', name))
  local found = earlier and redis.call('HMGET', key('run', earlier), 'attempt', 'request', 'doc', 'application')
  -- A later attempt takes the name over, but not from another application.
  if found and found[3] and (tonumber(attempt) <= tonumber(found[1]) or found[4] ~= application) then
    return { 'found', found[3], found[2] }
  end
end
if redis.call('HLEN', OPEN) >= limits.open then
  return { 'full' }
end

local function forget(old)
  local run = key('run', old)
  local is = redis.call('HMGET', run, 'application', 'config', 'verdict', 'digest', 'name')
  redis.call('ZREM', RUNS, old)
  redis.call('ZREM', ENDED, old)
  redis.call('ZREM', key('application', is[1]), old)
  redis.call('ZREM', key('config', is[2]), old)
  redis.call('ZREM', key('verdict', is[3]), old)
  redis.call('SREM', key('uses', is[4]), old)
  if redis.call('EXISTS', key('uses', is[4])) == 0 then
    redis.call('HDEL', key('configs'), is[4])
  end
  -- The key may stand for a later attempt by now.
  if is[5] ~= '' and redis.call('GET', key('key', is[5])) == old then
    redis.call('DEL', key('key', is[5]))
  end
  for _, delivery in ipairs(redis.call('HKEYS', key('deliveries', old))) do
    redis.call('ZREM', OUTBOX, old .. ' ' .. delivery)
  end
  redis.call('DEL', run, key('scorecards', old), key('deliveries', old))
end

-- Room for one more, and nothing too old. A few at a time: others wait while a script runs.
local too_many = math.min(redis.call('ZCARD', RUNS) + 1 - limits.keep, 100)
if too_many > 0 then
  for _, old in ipairs(redis.call('ZRANGE', ENDED, 0, too_many - 1)) do
    forget(old)
  end
end
for _, old in ipairs(redis.call('ZRANGE', ENDED, '-', '(' .. oldest, 'BYLEX', 'LIMIT', 0, 100)) do
  forget(old)
end

redis.call('HSET', key('run', id), 'doc', doc, 'due', due_at(due), 'epoch', 0, 'application', application, 'config', config,
  'digest', digest, 'name', name, 'attempt', attempt, 'request', request, 'verdict', 'pending')
redis.call('HSET', OPEN, id, shares)
for _, index in ipairs({ RUNS, key('application', application), key('config', config), key('verdict', 'pending') }) do
  redis.call('ZADD', index, 0, id)
end
if name ~= '' then
  redis.call('SET', key('key', name), id)
end
redis.call('HSETNX', key('configs'), digest, packed)
redis.call('SADD', key('uses', digest), id)
wait(id)
post(id, messages)
pump()
tell(id)
return { 'new' }
