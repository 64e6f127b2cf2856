-- Makes the entry that was just read a claim: {epoch, doc, config}; nothing if the entry is no longer the run's.
local _, id, entry = unpack(ARGV)
local run = key('run', id)
local is = redis.call('HMGET', run, 'entry', 'doc', 'digest')
if is[1] ~= entry then
  redis.call('XACK', READY, GROUP, entry)
  redis.call('XDEL', READY, entry)
  return false
end
return { redis.call('HINCRBY', run, 'epoch', 1), is[2], redis.call('HGET', key('configs'), is[3]) }
