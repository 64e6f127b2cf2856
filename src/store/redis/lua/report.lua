-- Tells how far a claimed look has come: whether the claim still holds.
local _, id, epoch, progress = unpack(ARGV)
if redis.call('HGET', key('run', id), 'epoch') ~= epoch then
  return false
end
redis.call('SET', key('progress', id), progress, 'PX', limits.lease)
tell(id)
return true
