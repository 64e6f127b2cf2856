-- Holds a claim for another lease: whether it still holds.
local _, id, epoch, consumer = unpack(ARGV)
local is = redis.call('HMGET', key('run', id), 'epoch', 'entry')
if is[1] ~= epoch or not is[2] then
  return false
end
redis.call('XCLAIM', READY, GROUP, consumer, 0, is[2], 'JUSTID')
redis.call('PEXPIRE', key('progress', id), limits.lease)
return true
